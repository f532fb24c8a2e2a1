// Passkeys. Everything else on these pages works without this file.
//
// A form with data-passkey-show may be answered with a passkey of this server, one with
// data-passkey-make makes one. The options come with the page, and the answer goes back in the
// form's field "passkey", so nothing is fetched.

const supported = "PublicKeyCredential" in window
  && PublicKeyCredential.parseRequestOptionsFromJSON !== undefined;
let waiting = null;

function say(form, text) {
  const place = form.querySelector("[data-passkey-said]");
  if (place) { place.textContent = text; place.hidden = text === ""; }
}

function why(error) {
  if (error.name === "NotAllowedError") return "Nothing was chosen, or it took too long. Try again.";
  if (error.name === "InvalidStateError") return "This device has a passkey for this account already.";
  return `This browser could not do it (${error.name}).`;
}

function send(form, credential) {
  form.elements.namedItem("passkey").value = JSON.stringify(credential.toJSON());
  form.submit();
}

async function show(form, mediation) {
  waiting?.abort();
  const mine = waiting = new AbortController();
  const options = JSON.parse(form.dataset.passkeyShow);
  const credential = await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
    signal: mine.signal,
    ...(mediation ? { mediation } : {}),
  });
  if (credential) send(form, credential);
}

function without(form, names) {
  // What the passkey stands for need not be filled in.
  const fields = names.map((name) => form.elements.namedItem(name)).filter(Boolean);
  for (const field of fields) field.disabled = true;
  const good = form.reportValidity();
  for (const field of fields) field.disabled = false;
  if (good) for (const field of fields) field.value = "";
  return good;
}

for (const form of document.querySelectorAll("form[data-passkey-show]")) {
  if (!supported) break;
  for (const part of form.querySelectorAll("[data-passkey-part]")) part.hidden = false;
  form.querySelector("[data-passkey-button]").addEventListener("click", async () => {
    say(form, "");
    if (!without(form, ["login", "password", "code"])) return;
    try { await show(form); } catch (error) { if (error.name !== "AbortError") say(form, why(error)); }
  });
  if (form.querySelector("[autocomplete~=webauthn]")
      && await PublicKeyCredential.isConditionalMediationAvailable?.()) {
    show(form, "conditional").catch(() => {});
  }
}

for (const form of document.querySelectorAll("form[data-passkey-make]")) {
  if (!supported) break;
  form.hidden = false;
  document.querySelector("[data-passkey-missing]").hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say(form, "");
    try {
      const options = JSON.parse(form.dataset.passkeyMake);
      send(form, await navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
      }));
    } catch (error) { say(form, why(error)); }
  });
}
