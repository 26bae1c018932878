// Asks the browser for a passkey and sends its answer with the form. Forms that need one are hidden until here.

/** Return the bytes that a web-safe base64 text stands for. */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

/** Return bytes as web-safe base64 text; nothing for nothing. */
function text(buffer) {
  if (!buffer) return undefined;
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Ask the server what to ask the browser for; leads to another page where it wants a proof first. */
async function question(form) {
  const response = await fetch(form.dataset.question, {
    method: "POST",
    headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
  });
  if (!response.ok) throw new Error("The server asks nothing.");
  return response.json();
}

/** Turn the texts of a question into the bytes that the browser wants. */
function understood({ publicKey }) {
  const withBytes = (one) => ({ ...one, id: bytes(one.id) });
  return {
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      ...(publicKey.user && { user: withBytes(publicKey.user) }),
      ...(publicKey.allowCredentials && { allowCredentials: publicKey.allowCredentials.map(withBytes) }),
      ...(publicKey.excludeCredentials && { excludeCredentials: publicKey.excludeCredentials.map(withBytes) }),
    },
  };
}

/** Write a passkey's answer as the server reads it. */
function written(credential) {
  const { response } = credential;
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      authenticatorData: response.signature && text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: text(response.userHandle),
    },
  });
}

/** Get an answer from the browser and send the form with it; says so when there is none. */
async function answer(form) {
  const failed = form.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  try {
    const asked = await question(form);
    if (asked.go) {
      window.location.assign(asked.go);
      return;
    }
    const credential = await navigator.credentials[form.dataset.passkey](understood(asked));
    form.elements.credential.value = written(credential);
    form.submit();
  } catch {
    failed.hidden = false;
  }
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer(form);
    });
    for (const instead of document.querySelectorAll("[data-no-passkey]")) instead.hidden = true;
  }
}
