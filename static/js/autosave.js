// Saves the form with data-autosave a moment after the last key and on the way out, and says so beside its button.
// Without this file the button does it alone. Where somebody else has saved meanwhile, it stops: pressing Save then shows
// both texts. drafts.js keeps a copy in the browser until the server has taken what was typed.
(function () {
  "use strict";
  var PAUSE = 1500; // milliseconds after the last key
  var AGAIN = 10000; // after a lost line
  var MOST = 60000; // bytes that a browser still sends when its page is gone

  document.addEventListener("DOMContentLoaded", function () {
    var form = document.querySelector("form[data-autosave]");
    if (!form || !window.fetch) return;
    var state = form.querySelector("[data-autosave-state]");
    var timer = null;
    var isSending = false;
    var isWaiting = false;
    var isOver = false;
    var isTyped = false; // and not on its way yet
    var pressed = null; // a form and its button that have to wait until what is under way has arrived
    var undo = document.querySelector("[data-undo]");
    var redo = document.querySelector("[data-redo]");

    function say(words) {
      state.textContent = words;
    }

    function later(milliseconds) {
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(save, milliseconds);
    }

    // Who has signed in anew in another tab has a new token; the server looks that it is the same person.
    function freshToken() {
      var token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
      return token ? token[1] : form.elements.csrfmiddlewaretoken.value;
    }

    function tell(what) {
      form.dispatchEvent(new CustomEvent("draft:" + what));
    }

    // What has just been saved can be taken back here; with it, what was taken back before is gone.
    function offerUndo(last) {
      if (!undo || !last) return;
      undo.elements.change.value = last.change;
      undo.elements.made.value = last.made;
      undo.querySelector("[data-undo-said]").textContent = last.said;
      undo.querySelector("[data-undo-by]").textContent = last.by ? " · " + last.by : "";
      undo.hidden = false;
      if (redo) redo.hidden = true;
    }

    // Below each field that is refused, why. A text's visual editor stands right behind it, a tick stands in its label.
    function mark(errors) {
      form.querySelectorAll(".pb-error").forEach(function (line) { line.remove(); });
      form.querySelectorAll("[aria-invalid]").forEach(function (field) {
        field.removeAttribute("aria-invalid");
        if ((field.getAttribute("aria-describedby") || "").startsWith("wrong-")) field.removeAttribute("aria-describedby");
      });
      Object.keys(errors || {}).forEach(function (name) {
        var field = form.querySelector('[name="' + name + '"]:not([type=hidden])');
        if (!field) return;
        var line = document.createElement("p");
        line.className = "pb-error";
        line.id = "wrong-" + name;
        line.textContent = errors[name];
        var box = field.nextElementSibling;
        var place = box && box.matches(".wr-box") ? box : field;
        (field.type === "checkbox" || field.type === "radio" ? field.closest("label") || field : place).after(line);
        var editor = place === field ? field : box.querySelector(".ProseMirror") || field;
        editor.setAttribute("aria-invalid", "true");
        editor.setAttribute("aria-describedby", line.id);
        for (var fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      });
    }

    // What somebody else changed meanwhile comes into its fields and is marked, unless it was typed into since: then
    // the next save finds it again.
    function bring(brought, sent) {
      var now = new FormData(form);
      var fields = Object.keys(brought.fields).map(function (name) {
        var field = form.querySelector('[name="' + name + '"]:not([type=hidden])');
        return field && now.get(name) === sent.get(name) ? field : null;
      });
      if (fields.indexOf(null) >= 0) return;
      form.elements.seen.value = brought.seen;
      fields.forEach(function (field) {
        var value = brought.fields[field.name];
        if ((field.type === "checkbox" ? field.checked : field.value) === value) return;
        if (field.type === "checkbox") field.checked = value;
        else field.value = value;
        field.classList.add("pb-brought");
        field.dispatchEvent(new CustomEvent("draft:brought", { bubbles: true }));
      });
    }

    function save() {
      if (isSending) {
        isWaiting = true;
        return;
      }
      clearTimeout(timer);
      isSending = true;
      isWaiting = isTyped = false;
      say(state.dataset.saving);
      tell("sending");
      var token = freshToken();
      var body = new FormData(form);
      body.set("csrfmiddlewaretoken", token);
      var size = new Blob([new URLSearchParams(body).toString()]).size * 1.5; // as parts of a form it is longer
      fetch(form.action, { method: "POST", body: body, headers: { "X-Autosave": form.dataset.autosave }, keepalive: size < MOST })
        .then(function (answer) {
          if (!(answer.headers.get("Content-Type") || "").startsWith("application/json")) throw new Error("no answer");
          return answer.json();
        })
        .then(function (said) {
          say(said.said);
          if (said.seen || said.errors) mark(said.errors);
          if (said.seen) {
            // Also where the same is taken out: what was saved here is not somebody else's.
            var seen = form.elements.seen.value;
            document.querySelectorAll("input[name=seen]").forEach(function (field) {
              if (field.value === seen) field.value = said.seen;
            });
            form.elements.csrfmiddlewaretoken.value = token;
            tell("taken");
            offerUndo(said.undo);
            if (said.brought) bring(said.brought, body);
          }
          isOver = Boolean(said.over);
          if (said.again) later(AGAIN);
        })
        .catch(function () {
          say(state.dataset.lost);
          isTyped = true;
          if (pressed && pressed.form !== form) pressed = null;
          later(AGAIN);
        })
        .finally(function () {
          isSending = false;
          var next = pressed;
          pressed = null;
          if (next && next.made !== undefined && next.made !== undo.elements.made.value) say(undo.dataset.moved);
          else if (next) next.form.requestSubmit(next.button);
          else if (isWaiting) later(0);
        });
    }

    function leave() {
      if (isTyped && !isOver) save();
    }

    form.addEventListener("input", function (event) {
      event.target.classList.remove("pb-brought");
      isTyped = true;
      if (isOver) return;
      say("");
      later(PAUSE);
    });
    form.addEventListener("submit", function (event) {
      clearTimeout(timer);
      isOver = true;
      if (!isSending) return;
      event.preventDefault();
      pressed = { form: form, button: event.submitter };
    });
    // What is typed and not saved yet is saved first, and named: Undo takes back what its line says and no more.
    if (undo)
      undo.addEventListener("submit", function (event) {
        if (isOver || !(isTyped || isSending)) return;
        event.preventDefault();
        pressed = { form: undo, button: event.submitter, made: undo.elements.made.value };
        if (!isSending) save();
      });
    window.addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "hidden") leave();
    });
    window.addEventListener("online", leave);
    window.addEventListener("pageshow", function () {
      isOver = false;
    });
  });
})();
