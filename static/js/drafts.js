// Keeps what is typed into a form with data-draft on this device: a reload, a lost connection or an expired session
// loses nothing. It goes when the server says by a cookie that it has arrived, or after two weeks.
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
      try {
        localStorage.setItem(name, JSON.stringify({ at: Date.now(), since: since, typed: read(form) }));
      } catch (refused) {
        // A full or forbidden store: the form works as it does without this file.
      }
    });
  }

  function tidy() {
    var arrived = document.cookie.match(/(?:^|; )draft_sent=([\w.]+)/);
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
})();
