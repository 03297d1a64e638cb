// Passkeys: a form asks the console for a challenge, has the browser answer it, and is sent with the answer.
const { credentials } = navigator, Passkey = window.PublicKeyCredential;

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const say = (name) => { for (const each of form.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== name; };
  const button = form.querySelector("button");
  if (!Passkey?.parseCreationOptionsFromJSON) { button.disabled = true; say("unable"); }
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    say("");
    try {
      const asked = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (asked.redirected) { location.assign(asked.url); return; }
      if (!asked.ok) throw new Error(asked.status);
      form.elements.passkey.value = JSON.stringify(await answer(await asked.json()));
      form.submit();
    } catch (error) {
      button.disabled = false;
      say(error.name === "InvalidStateError" ? "known" : "failed");
    }
  });
}

function answer(asked) {
  if (asked.user) return credentials.create({ publicKey: Passkey.parseCreationOptionsFromJSON(asked) });
  return credentials.get({ publicKey: Passkey.parseRequestOptionsFromJSON(asked) });
}
