// Drag stages and steps to another place. Without this file the arrow buttons do the same.
(function () {
  "use strict";

  function move(place) {
    var form = document.getElementById("move");
    htmx.ajax("POST", form.action, {
      source: form,
      target: "#outline",
      swap: "outerHTML",
      values: { place: place },
    });
  }

  function indexIn(list, item) {
    return Array.prototype.indexOf.call(list.children, item);
  }

  function arrange() {
    var outline = document.getElementById("outline");
    var stages = document.querySelector("[data-sortable=stages]");
    if (!stages || !window.Sortable) return;
    outline.classList.add("pb-sorts");
    var shared = { ghostClass: "pb-ghost", animation: 120 };
    Sortable.create(stages, Object.assign({}, shared, {
      group: "stages",
      handle: ".pb-stage-head [data-grip]",
      draggable: ".pb-stage",
      onEnd: function (event) {
        if (event.oldIndex === event.newIndex) return;
        move("stage:" + event.item.dataset.id + ":" + indexIn(event.to, event.item));
      },
    }));
    document.querySelectorAll("[data-sortable=steps]").forEach(function (list) {
      Sortable.create(list, Object.assign({}, shared, {
        group: "steps",
        handle: "[data-grip]",
        draggable: ".pb-step",
        onEnd: function (event) {
          if (event.from === event.to && event.oldIndex === event.newIndex) return;
          var place = ["step", event.item.dataset.id, event.to.dataset.stage, indexIn(event.to, event.item)];
          move(place.join(":"));
        },
      }));
    });
  }

  // Of a long playbook the stages are folded. What was open stays open when the outline is drawn anew.
  var open = {};

  function folds() {
    return Array.prototype.slice.call(document.querySelectorAll("details.pb-fold"));
  }

  function remember() {
    open = {};
    folds().forEach(function (fold) {
      if (fold.open) open[fold.dataset.stage] = true;
    });
  }

  function sayFold() {
    var button = document.querySelector("[data-fold-all]");
    if (!button) return;
    var isAnyClosed = folds().some(function (fold) { return !fold.open; });
    button.textContent = isAnyClosed ? button.dataset.open : button.dataset.close;
    button.hidden = false;
  }

  function unfold() {
    folds().forEach(function (fold) {
      if (open[fold.dataset.stage]) fold.open = true;
    });
    sayFold();
  }

  function show(target) {
    var stage = target && target.closest(".pb-stage");
    var fold = stage && stage.querySelector("details.pb-fold");
    if (fold) fold.open = true;
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-fold-all]")) {
      var isAnyClosed = folds().some(function (fold) { return !fold.open; });
      folds().forEach(function (fold) { fold.open = isAnyClosed; });
    }
    var link = event.target.closest(".pb-jump a");
    if (!link) return;
    link.closest("details").open = false;
    show(document.getElementById(link.hash.slice(1)));
  });
  document.addEventListener("toggle", sayFold, true);
  document.addEventListener("htmx:beforeSwap", remember);
  document.addEventListener("DOMContentLoaded", function () {
    show(window.location.hash && document.getElementById(window.location.hash.slice(1)));
    sayFold();
  });

  // A button that reached the edge is disabled; its neighbour takes the focus, so that the keyboard stays there.
  function keepFocus(event) {
    var pressed = event.detail && event.detail.requestConfig && event.detail.requestConfig.triggeringEvent;
    var button = pressed && pressed.submitter && document.getElementById(pressed.submitter.id);
    if (!button) return;
    if (!button.disabled) button.focus();
    else {
      var other = button.parentElement.querySelector("button:not(:disabled)");
      if (other) other.focus();
    }
  }

  // A button beside the form sends its own value along; htmx knows only those inside.
  document.addEventListener("htmx:configRequest", function (event) {
    var pressed = event.detail.triggeringEvent && event.detail.triggeringEvent.submitter;
    if (pressed && pressed.name === "place") event.detail.parameters.place = pressed.value;
  });

  // Ctrl+Z, and Ctrl+Shift+Z for redo, outside of a field, where it is the field's own.
  document.addEventListener("keydown", function (event) {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
    var button = document.getElementById(event.shiftKey ? "redo" : "undo");
    if (!button || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    button.click();
  });

  document.addEventListener("DOMContentLoaded", arrange);
  document.addEventListener("DOMContentLoaded", function () {
    // Sortable leaves styles on what was dragged; carried over they would be inline styles, which the policy forbids.
    htmx.config.attributesToSettle = [];
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    if (!event.target.closest("#outline") && !document.querySelector("#outline:not(.pb-sorts)")) return;
    arrange();
    unfold();
    keepFocus(event);
  });

  // What could not be moved goes back to where it was: the page is loaded anew and says why.
  ["htmx:responseError", "htmx:sendError"].forEach(function (name) {
    document.addEventListener(name, function () {
      window.location.reload();
    });
  });
})();
