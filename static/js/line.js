// A press on a dead line: what was typed stays on the page and is sent when the line is back, or on the next press.
// Without this file the browser shows its own error page, and drafts.js keeps what was typed.
(function () {
  "use strict";
  var PATIENCE_MS = 8000;
  var AGAIN_MS = 5000;
  var line = document.getElementById("line");
  if (!line || !window.fetch || !window.AbortController || !HTMLFormElement.prototype.requestSubmit) return;
  var note = line.firstElementChild;
  var waiting = null; // the form that was sent, and the button that sent it
  var timer = 0;
  var isAsking = false;

  function isThere() {
    var patience = new AbortController();
    var late = setTimeout(function () {
      patience.abort();
    }, PATIENCE_MS);
    var asked = fetch(line.dataset.probe, { method: "HEAD", cache: "no-store", credentials: "omit", signal: patience.signal });
    return asked
      .then(
        function () {
          return true;
        },
        function () {
          return false;
        },
      )
      .finally(function () {
        clearTimeout(late);
      });
  }

  function attempt() {
    clearTimeout(timer);
    if (!waiting || isAsking) return;
    isAsking = true;
    isThere().then(function (there) {
      isAsking = false;
      if (!waiting) return;
      note.hidden = there;
      if (!there) {
        timer = setTimeout(attempt, AGAIN_MS);
        return;
      }
      var sent = waiting;
      waiting = null;
      sent.form.dataset.line = "there";
      sent.form.requestSubmit(sent.button);
    });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.dataset.sent) return;
    if (form.dataset.line) {
      delete form.dataset.line;
      return;
    }
    event.preventDefault();
    waiting = { form: form, button: event.submitter };
    attempt();
  });
  note.querySelector("button").addEventListener("click", attempt);
  window.addEventListener("online", attempt);
  window.addEventListener("pagehide", function () {
    waiting = null;
  });
})();
