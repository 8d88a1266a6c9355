// Asks the browser for a passkey and sends the answer with the form around the button.
for (const button of document.querySelectorAll("[data-passkey]")) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const form = button.form;
    try {
      const passkey = await ask(button.dataset.passkey, form);
      form.elements.credential.value = JSON.stringify(passkey);
      form.submit();
    } catch (error) {
      complain(form, error);
    }
  });
}

async function ask(purpose, form) {
  if (purpose === "log-in") {
    const answer = await fetch(form.action, { headers: { accept: "application/json" } });
    return webauthnJSON.get((await answer.json()).request_options);
  }
  const options = JSON.parse(document.getElementById("passkey-options").textContent);
  if (purpose === "use") {
    return webauthnJSON.get(options.request_options);
  }
  const selection = options.creation_options.publicKey.authenticatorSelection;
  const alone = form.elements.passwordless.checked;
  selection.residentKey = alone ? "required" : "discouraged";
  selection.requireResidentKey = alone;
  if (alone) {
    selection.userVerification = "required";
  }
  return webauthnJSON.create(options.creation_options);
}

function complain(form, error) {
  const words = form.querySelector("[data-passkey-error]") ?? document.createElement("p");
  words.dataset.passkeyError = error.name;
  words.className = "field-error";
  words.setAttribute("role", "alert");
  words.textContent = "No passkey was given. Try again, or take another way.";
  form.append(words);
}
