// Keeps a draft of the form in this browser until it is sent. Everything works without it.
// Nothing leaves the browser: no request is made here. One draft for an agency and quarter.
(function () {
  "use strict";
  var PREFIX = "cpsa-draft-", KEPT_DAYS = 60, PAUSE_MS = 400;
  var store;
  try { store = window.localStorage; store.getItem(PREFIX); } catch (error) { return; }
  if (!store) { return; }

  function read(key) {
    try { return JSON.parse(store.getItem(key)); } catch (error) { return null; }
  }
  function write(key, draft) {
    try { store.setItem(key, JSON.stringify(draft)); } catch (error) { /* full: no draft is kept */ }
  }
  function forgetOld() {
    var limit = Date.now() - KEPT_DAYS * 86400000;
    Object.keys(store).forEach(function (key) {
      if (key.indexOf(PREFIX) !== 0) { return; }
      var draft = read(key);
      if (!draft || !(draft.savedAt > limit)) { store.removeItem(key); }
    });
  }
  function valuesOf(form) {
    var values = {};
    Array.prototype.forEach.call(form.elements, function (field) {
      if (!field.name || field.name === "form_token" || /^(submit|button|file)$/.test(field.type)) { return; }
      var value = field.type === "checkbox" ? (field.checked ? field.value : "") : field.value;
      if (value) { values[field.name] = value; }
    });
    return values;
  }
  function isSame(one, other) {
    var names = Object.keys(one);
    function line(text) { return String(text).replace(/\r\n?/g, "\n"); }
    return names.length === Object.keys(other).length && names.every(function (name) {
      return name in other && line(one[name]) === line(other[name]);
    });
  }

  forgetOld();
  var sent = document.querySelector("[data-draft-sent]");
  if (sent) {
    var key = PREFIX + sent.getAttribute("data-draft-sent"), draft = read(key);
    if (draft && draft.isSending) { store.removeItem(key); }
  }

  var form = document.querySelector("form[data-draft]");
  if (!form) { return; }
  var formKey = PREFIX + form.getAttribute("data-draft"), timer = 0;
  var notice = document.getElementById("draft"), about = document.getElementById("draft-about");

  function save() {
    timer = 0;
    write(formKey, { savedAt: Date.now(), fields: valuesOf(form) });
    about.hidden = false;
  }
  function discard() {
    window.clearTimeout(timer);
    timer = 0;
    store.removeItem(formKey);
    notice.hidden = about.hidden = true;
  }
  function use(fields) {
    // Sent through the server, which shows as many rows as the draft has; nothing is stored there.
    Object.keys(fields).concat("do").forEach(function (name) {
      var value = name === "do" ? "draft" : fields[name], field = form.elements.namedItem(name);
      if (name !== "do" && field && field.type === "checkbox") { field.checked = true; return; }
      if (name !== "do" && field && "value" in field) { field.value = value; return; }
      var added = document.createElement("input");
      added.type = "hidden"; added.name = name; added.value = value;
      form.appendChild(added);
    });
    Array.prototype.forEach.call(form.elements, function (field) {
      if (!field.name || field.name === "form_token" || field.name in fields || field.name === "do") { return; }
      if (field.type === "checkbox") { field.checked = false; } else { field.value = ""; }
    });
    form.submit();
  }

  var kept = read(formKey), shown = valuesOf(form);
  if (kept && isSame(kept.fields, shown)) {
    if (kept.isSending) { store.removeItem(formKey); } else { about.hidden = false; }
  } else if (kept && form.hasAttribute("data-fresh")) {
    document.getElementById("draft-at").textContent =
      new Date(kept.savedAt).toLocaleString(document.documentElement.lang + "-IN");
    notice.hidden = false;
  } else if (!form.hasAttribute("data-fresh") && Object.keys(shown).length) {
    save();
  }
  Array.prototype.forEach.call(document.querySelectorAll("[data-draft-discard]"), function (button) {
    button.addEventListener("click", discard);
  });
  document.getElementById("draft-use").addEventListener("click", function () { use(kept.fields); });
  form.addEventListener("input", function () {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, PAUSE_MS);
    notice.hidden = true;
  });
  form.addEventListener("submit", function (event) {
    window.clearTimeout(timer);
    var button = event.submitter || document.activeElement;
    write(formKey, {
      savedAt: Date.now(), fields: valuesOf(form), isSending: Boolean(button && button.value === "send")
    });
  });
  window.addEventListener("pagehide", function () { if (timer) { save(); } });
})();
