// Narrows the list from A to Z to what is sought, in either language. Without this script the list
// is whole. The list is the index: nothing is fetched, so the site also works from a folder.
"use strict";
(() => {
  const field = document.getElementById("sought");
  const result = document.getElementById("found");
  const sections = [...document.querySelectorAll("section.letter")];

  // Spelling that people vary: case, marks below letters, and the two signs for a nasal.
  const plain = (text) => text.normalize("NFD").toLowerCase()
    .replace(/[\u0300-\u036f\u093c\u200c\u200d]/g, "").replace(/\u0901/g, "\u0902");

  const entries = sections.flatMap((section) =>
    [...section.querySelectorAll("li")].map((item) => ({ item, text: plain(item.dataset.sought) })));

  const narrow = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { item, text } of entries) {
      item.hidden = !words.every((word) => text.includes(word));
      found += item.hidden ? 0 : 1;
    }
    for (const section of sections) section.hidden = !section.querySelector("li:not([hidden])");
    const form = found === 0 ? result.dataset.none : found === 1 ? result.dataset.one : result.dataset.many;
    result.textContent = words.length ? form.replace("{number}", found) : "";
  };

  field.value = new URLSearchParams(location.search).get("q") || "";
  field.addEventListener("input", narrow);
  field.form.addEventListener("submit", (event) => { event.preventDefault(); narrow(); });
  narrow();
})();
