// Keeps what is typed into a form with data-draft on this device: a reload, a lost connection or an expired session
// loses nothing. It goes when the server says by a cookie that it has arrived, or after two weeks. At a desk, whose body
// has data-drafts with the person in it, that holds for every form that somebody writes into.
(function () {
  "use strict";
  var TWO_WEEKS = 14 * 24 * 60 * 60 * 1000;

  function fields(form) {
    return Array.prototype.filter.call(form.elements, function (field) {
      return field.name && ["hidden", "submit", "file", "password"].indexOf(field.type) < 0;
    });
  }

  function isChoice(field) {
    return field.type === "checkbox" || field.type === "radio";
  }

  function read(form) {
    return fields(form).map(function (field) {
      return [field.name, isChoice(field) ? field.value : "", isChoice(field) ? field.checked : field.value];
    });
  }

  function bring(form, saved, since) {
    var brought = false;
    fields(form).forEach(function (field) {
      saved.forEach(function (one, place) {
        var now = isChoice(field) ? field.checked : field.value;
        var before = since[place] && since[place][2];
        if (one[0] !== field.name || (isChoice(field) && one[1] !== field.value)) return;
        if (one[2] === now || before !== now) return; // what the server has is newer
        if (isChoice(field)) field.checked = one[2];
        else field.value = one[2];
        brought = true;
      });
    });
    return brought;
  }

  function isSame(one, other) {
    return Boolean(one && other) && JSON.stringify(one) === JSON.stringify(other);
  }

  // Everything as it was typed. Where somebody has saved since, ``seen`` stays what it was: saving then keeps both.
  function bringAll(form, kept, now) {
    if (isSame(kept.typed, now)) return false;
    bring(form, kept.typed, now);
    form.dataset.touched = "yes";
    if (!isSame(kept.since, now) && !isSame(kept.sent, now)) {
      form.elements.seen.value = kept.seen;
      // What this form had sent already is not somebody else's, also where no answer came.
      if (form.elements.tab && kept.tab) form.elements.tab.value = kept.tab;
    }
    return true;
  }

  // Several forms of one address: each is about one step, or one move of it.
  function topic(form) {
    return form.querySelector("input[type=hidden][name=progress], input[type=hidden][name=move]");
  }

  // What the server kept when the session had ended: into the form that had sent it.
  function bringTyped(form, path) {
    var words = document.getElementById("typed");
    var kept = words && JSON.parse(words.textContent);
    var about = topic(form);
    if (about && kept && (kept.typed[about.name] || [])[0] !== about.value) return;
    if (!kept || kept.address !== path || form.dataset.typed || form.querySelector("[data-draft-back]")) return;
    var typed = fields(form).map(function (field) {
      var values = kept.typed[field.name] || [];
      if (isChoice(field)) return [field.name, field.value, values.indexOf(field.value) >= 0];
      return [field.name, "", values.length ? values[0] : field.value];
    });
    if (typed.every(function (one) { return !kept.typed[one[0]]; })) return;
    form.dataset.typed = form.dataset.touched = "yes";
    bring(form, typed, read(form));
    if (form.elements.seen && kept.typed.seen) form.elements.seen.value = kept.typed.seen[0];
    if (form.elements.tab && kept.typed.tab) form.elements.tab.value = kept.typed.tab[0];
    unfold(form);
  }

  function put(name, kept) {
    try {
      localStorage.setItem(name, JSON.stringify(kept));
    } catch (refused) {
      // A full or forbidden store: the form works as it does without this file.
    }
  }

  // At a desk: the same, and what the server has taken by itself (see autosave.js) is not kept any longer.
  function beginAtDesk(form, name) {
    var since = read(form);
    var sent = null;
    var kept = null;
    try {
      kept = JSON.parse(localStorage.getItem(name));
    } catch (refused) {
      return;
    }
    var seen = form.elements.seen;
    if (form.hasAttribute("data-autosave")) beginAside(form, name);
    var isFresh = kept && Date.now() - kept.at < TWO_WEEKS;
    if (form.hasAttribute("data-both")) {
      keep(); // the page has what was typed already, put together with what somebody else wrote
    } else if (isFresh && (seen ? bringAll(form, kept, since) : bring(form, kept.typed, kept.since))) {
      offer(form, name);
      if (seen && seen.value === kept.seen) since = kept.since;
    } else if (kept) {
      localStorage.removeItem(name);
    }
    var draft = document.createElement("input");
    draft.type = "hidden";
    draft.name = "draft";
    draft.value = name.slice("draft.".length);
    form.append(draft);

    function keep() {
      var tab = form.elements.tab ? form.elements.tab.value : "";
      put(name, { at: Date.now(), since: since, sent: sent, typed: read(form), seen: seen ? seen.value : "", tab: tab });
    }
    form.addEventListener("input", keep);
    form.addEventListener("draft:sending", function () {
      sent = read(form);
      if (localStorage.getItem(name)) keep();
    });
    form.addEventListener("draft:brought", function () {
      since = sent = read(form); // also from the server, by autosave.js
      if (localStorage.getItem(name)) keep();
    });
    form.addEventListener("draft:taken", function () {
      since = sent;
      var note = form.querySelector("[data-draft-back]");
      if (note) note.remove();
      if (isSame(read(form), sent)) localStorage.removeItem(name);
      else keep();
    });
  }

  // What was not saved when something was taken back, or redone, is offered, and does not cover what the page shows then.
  function beginAside(form, name) {
    var aside = name + ".aside";
    document.addEventListener("submit", function (event) {
      var kept = localStorage.getItem(name);
      if (event.defaultPrevented || !kept || !event.target.matches("form[data-undo], form[data-redo]")) return;
      localStorage.setItem(aside, kept);
      localStorage.removeItem(name);
    });
    var kept = JSON.parse(localStorage.getItem(aside));
    if (!kept || isSame(kept.typed, read(form))) return localStorage.removeItem(aside);
    form.prepend(document.getElementById("draft-aside").content.cloneNode(true));
    var note = form.querySelector("[data-draft-aside]");
    note.addEventListener("click", function (event) {
      var button = event.target.closest("button");
      if (!button) return;
      localStorage.removeItem(aside);
      note.remove();
      if (!button.hasAttribute("data-put")) return;
      bringAll(form, kept, read(form));
      fields(form).forEach(function (field) {
        if (field.matches("textarea")) field.dispatchEvent(new CustomEvent("draft:put"));
      });
      form.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  // Says above the form that it is back, and lets go of it where it is not wanted.
  function offer(form, name) {
    var words = document.getElementById("draft-back");
    unfold(form);
    form.prepend(words.content.cloneNode(true));
    form.querySelector("[data-draft-back] button").addEventListener("click", function () {
      localStorage.removeItem(name);
      form.reset();
      location.reload();
    });
  }

  function unfold(form) {
    for (var fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }

  function begin(form) {
    var name = "draft." + form.dataset.draft;
    var since = read(form);
    var kept = null;
    try {
      kept = JSON.parse(localStorage.getItem(name));
    } catch (refused) {
      return;
    }
    if (kept && Date.now() - kept.at < TWO_WEEKS && bring(form, kept.typed, kept.since)) {
      var note = form.querySelector(".my-back");
      if (note) note.hidden = false;
      var fold = form.closest("details");
      if (fold) fold.open = true;
      since = kept.since;
    }
    form.addEventListener("input", function () {
      put(name, { at: Date.now(), since: since, typed: read(form) });
    });
  }

  function tidy() {
    var arrived = document.cookie.match(/(?:^|; )draft_sent=([\w.-]+)/);
    if (arrived) {
      document.cookie = "draft_sent=; Max-Age=0; Path=/; SameSite=Lax";
      localStorage.removeItem("draft." + arrived[1]);
    }
    for (var place = localStorage.length - 1; place >= 0; place--) {
      var name = localStorage.key(place);
      if (name.indexOf("draft.") !== 0) continue;
      var kept = JSON.parse(localStorage.getItem(name));
      if (!kept || Date.now() - kept.at >= TWO_WEEKS) localStorage.removeItem(name);
    }
  }

  try {
    tidy();
  } catch (refused) {
    return;
  }
  document.querySelectorAll("form[data-draft]").forEach(begin);
  var whose = document.body.dataset.drafts;
  var times = {};
  if (!whose) return;
  document.querySelectorAll("form[method=post]").forEach(function (form) {
    if (form.dataset.draft || !(form.matches(".pb-form") || form.querySelector("textarea"))) return;
    var path = new URL(form.getAttribute("action") || "", location.href).pathname;
    var name = "draft." + whose + path.replace(/\//g, ".");
    if (topic(form)) name += topic(form).value + ".";
    times[name] = (times[name] || 0) + 1;
    beginAtDesk(form, name + times[name]);
    bringTyped(form, path);
  });
})();
