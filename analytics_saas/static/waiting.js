// Asks every second whether a first page view has arrived, and turns the dot green.
const waiting = document.getElementById("waiting");

async function look() {
  const answer = await fetch(waiting.dataset.url).catch(() => null);
  const found = answer?.ok && (await answer.json()).has_data;
  if (!found) {
    setTimeout(look, 1000);
    return;
  }
  waiting.classList.add("live");
  waiting.querySelector(".words").textContent = "The first page view has arrived.";
}

look();
