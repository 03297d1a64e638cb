"""A security key in software: it makes passkeys and signs challenges, as a browser would hand its answers on."""

from __future__ import annotations

import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData


class SecurityKey:
    """A key with one passkey, which counts how often it has signed."""

    def __init__(self) -> None:
        self.credential_id = secrets.token_bytes(32)
        self.counter = 0
        self._key = ec.generate_private_key(ec.SECP256R1())

    def made(self, options: dict[str, Any], origin: str) -> str:
        """Answer to being asked for a new passkey."""
        public = ES256.from_cryptography_key(self._key.public_key())  # type: ignore[no-untyped-call]
        credential = AttestedCredentialData.create(bytes(16), self.credential_id, public)
        flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
        data = AuthenticatorData.create(sha256(options["rp"]["id"].encode()), flags, self.counter, credential)
        client = self._client(CollectedClientData.TYPE.CREATE, options, origin)
        return self._answer(client, attestationObject=AttestationObject.create("none", data, {}))

    def signed(self, options: dict[str, Any], origin: str) -> str:
        """Answer to being asked for a signature."""
        self.counter += 1
        data = AuthenticatorData.create(sha256(options["rpId"].encode()), AuthenticatorData.FLAG.UP, self.counter)
        client = self._client(CollectedClientData.TYPE.GET, options, origin)
        signature = self._key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        return self._answer(client, authenticatorData=data, signature=signature)

    def _client(self, kind: CollectedClientData.TYPE, options: dict[str, Any], origin: str) -> CollectedClientData:
        return CollectedClientData.create(kind, options["challenge"], origin)

    def _answer(self, client: CollectedClientData, **response: bytes) -> str:
        own = websafe_encode(self.credential_id)
        said = {name: websafe_encode(value) for name, value in response.items()}
        said["clientDataJSON"] = websafe_encode(client)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": said})
