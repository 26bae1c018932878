"""A device that keeps passkeys, without a browser: what a person's phone answers, byte for byte."""

import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG


class Device:
    """Makes one passkey and answers with it; `verifies` is whether it asks for a finger, face or PIN."""

    def __init__(self, origin: str = "http://localhost", *, verifies: bool = True) -> None:
        self.origin, self.verifies = origin, verifies
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)
        self.user_handle = ""

    def make(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer a question for a new passkey."""
        asked = question["publicKey"]
        self.user_handle = asked["user"]["id"]
        credential = AttestedCredentialData.create(
            Aaguid.NONE, self.credential_id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = self._data(asked["rp"]["id"], FLAG.AT, credential)
        attestation = AttestationObject.create("none", data, {})
        client = self._client(CollectedClientData.TYPE.CREATE, asked)
        return self._answer(
            clientDataJSON=websafe_encode(client), attestationObject=websafe_encode(attestation)
        ) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def use(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer a question for the passkey."""
        asked = question["publicKey"]
        data = self._data(asked["rpId"])
        client = self._client(CollectedClientData.TYPE.GET, asked)
        signature = self.key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=websafe_encode(client),
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature),
            userHandle=self.user_handle,
        )

    def _data(self, host: str, more: int = 0, credential: Any = None) -> AuthenticatorData:
        flags = FLAG.UP | more | (FLAG.UV if self.verifies else 0)
        return AuthenticatorData.create(sha256(host.encode()), flags, 0, credential or b"")

    def _client(self, kind: str, asked: dict[str, Any]) -> CollectedClientData:
        return CollectedClientData.create(kind, websafe_decode(asked["challenge"]), self.origin)

    def _answer(self, **response: str) -> dict[str, Any]:
        name = websafe_encode(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


def sent(answer: dict[str, Any], **more: str) -> dict[str, str]:
    """Return the form a browser sends with an answer."""
    return {"credential": json.dumps(answer), **more}


def made_up(device: Device, host: str) -> dict[str, Any]:
    """Return a passkey's answer to a question nobody asked, to plant one with."""
    asked = {"rp": {"id": host}, "user": {"id": "MQ"}, "challenge": websafe_encode(secrets.token_bytes(32))}
    return device.make({"publicKey": asked})
