"use strict";
// The class keeps rows beyond the first page from being laid out before the filter takes over.
document.documentElement.classList.add("filtering");
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("filter");
  const rows = Array.from(document.querySelectorAll(".ledger .rows > .row"));
  const page = 200;
  let limit = page;
  let texts = null;
  const apply = () => {
    const wanted = new FormData(form);
    const words = wanted.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length > 0) texts ??= rows.map((row) => row.textContent.toLowerCase());
    let count = 0;
    rows.forEach((row, place) => {
      const fits = ["role", "claimed", "episode"].every((name) => !wanted.get(name) || row.dataset[name] === wanted.get(name))
        && words.every((word) => texts[place].includes(word));
      if (fits) count += 1;
      row.hidden = !fits || count > limit;
    });
    const shown = count > limit ? `, the first ${limit} shown` : "";
    form.querySelector("output").textContent = `${count} of ${rows.length}${shown}`;
    form.querySelector("button").hidden = count <= limit;
  };
  if (form) {
    let waiting = 0;
    form.addEventListener("input", () => {
      limit = page;
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(apply);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.querySelector("button").addEventListener("click", () => {
      limit = Infinity;
      apply();
    });
    // Paper has no button either.
    let onScreen = page;
    addEventListener("beforeprint", () => {
      [onScreen, limit] = [limit, Infinity];
      apply();
    });
    addEventListener("afterprint", () => {
      limit = onScreen;
      apply();
    });
    form.hidden = false;
    apply();
  }
  document.documentElement.classList.remove("filtering");
});
