// Shows the fields that the chosen kind of goal takes; the others are not sent.
const kind = document.querySelector("[name=kind]");

function show() {
  for (const input of document.querySelectorAll("[data-kinds]")) {
    const isTaken = input.dataset.kinds.split(" ").includes(kind.value);
    input.disabled = !isTaken;
    input.closest(".field").hidden = !isTaken;
  }
}

kind.addEventListener("change", show);
show();
