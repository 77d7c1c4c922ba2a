// Saves the form with data-autosave a moment after the last key, and says so beside its button. Without this file the
// button does it alone. Where somebody else has saved meanwhile, it stops: pressing Save then shows both texts.
(function () {
  "use strict";
  var PAUSE = 1500; // milliseconds after the last key
  var AGAIN = 10000; // after a lost line

  document.addEventListener("DOMContentLoaded", function () {
    var form = document.querySelector("form[data-autosave]");
    if (!form || !window.fetch) return;
    var state = form.querySelector("[data-autosave-state]");
    var timer = null;
    var isSending = false;
    var isWaiting = false;
    var isOver = false;
    var pressed = null; // a button that has to wait until what is under way has arrived

    function say(words) {
      state.textContent = words;
    }

    function later(milliseconds) {
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(save, milliseconds);
    }

    function save() {
      if (isSending) {
        isWaiting = true;
        return;
      }
      isSending = true;
      isWaiting = false;
      say(state.dataset.saving);
      fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Autosave": "yes" } })
        .then(function (answer) {
          if (!(answer.headers.get("Content-Type") || "").startsWith("application/json")) throw new Error("no answer");
          return answer.json();
        })
        .then(function (said) {
          say(said.said);
          if (said.seen) form.elements.seen.value = said.seen;
          isOver = Boolean(said.over);
        })
        .catch(function () {
          say(state.dataset.lost);
          later(AGAIN);
        })
        .finally(function () {
          isSending = false;
          if (pressed) form.requestSubmit(pressed);
          else if (isWaiting) later(0);
        });
    }

    form.addEventListener("input", function () {
      if (isOver) return;
      say("");
      later(PAUSE);
    });
    form.addEventListener("submit", function (event) {
      clearTimeout(timer);
      isOver = true;
      if (!isSending) return;
      event.preventDefault();
      pressed = event.submitter;
    });
    window.addEventListener("pageshow", function () {
      isOver = false;
    });
  });
})();
