// Passkeys: a form asks the console for a challenge, has the browser answer it, and is sent with the answer.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const read = (known) => known.map((each) => ({ ...each, id: bytes(each.id) }));

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const say = (name) => { for (const each of form.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== name; };
  const button = form.querySelector("button");
  if (!window.PublicKeyCredential) { button.disabled = true; say("unable"); }
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    say("");
    try {
      const asked = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (asked.redirected) { location.assign(asked.url); return; }
      if (!asked.ok) throw new Error(asked.status);
      form.elements.passkey.value = JSON.stringify(answer(await credential(await asked.json())));
      form.submit();
    } catch (error) {
      button.disabled = false;
      say(error.name === "InvalidStateError" ? "known" : "failed");
    }
  });
}

function credential(asked) {
  const publicKey = { ...asked, challenge: bytes(asked.challenge) };
  if (asked.user) {
    publicKey.user = { ...asked.user, id: bytes(asked.user.id) };
    publicKey.excludeCredentials = read(asked.excludeCredentials ?? []);
    return navigator.credentials.create({ publicKey });
  }
  publicKey.allowCredentials = read(asked.allowCredentials ?? []);
  return navigator.credentials.get({ publicKey });
}

function answer({ id, rawId, type, response }) {
  const said = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature"]) {
    if (response[name]) said[name] = text(response[name]);
  }
  return { id, rawId: text(rawId), type, response: said };
}
