// The preview beside a step's form follows what is typed: a moment after the last key the form goes to the server, which
// draws the partner's page from it and saves nothing. Without this file the preview shows what was saved.
(function () {
  "use strict";
  var PAUSE = 700; // milliseconds after the last key
  var AGAIN = 10000; // after a lost line
  var isLost = false;
  var timer = null;
  var latest = 0;

  function form() {
    return document.getElementById("step-form");
  }

  function openOnes(body) {
    return Array.prototype.map.call(body.querySelectorAll("details"), function (one) { return one.open; });
  }

  // The frame keeps its place and what is unfolded in it; the colours are those of the page around it.
  function draw(frame, html) {
    var old = frame.contentDocument;
    if (!old || !old.body) return;
    var fresh = new DOMParser().parseFromString(html, "text/html");
    var open = openOnes(old.body);
    old.documentElement.lang = fresh.documentElement.lang;
    old.body.replaceWith(old.adoptNode(fresh.body));
    var folds = old.body.querySelectorAll("details");
    if (folds.length === open.length) folds.forEach(function (fold, at) { fold.open = open[at]; });
  }

  function colour() {
    var frame = document.getElementById("look-frame");
    var root = frame && frame.contentDocument && frame.contentDocument.documentElement;
    var theme = document.documentElement.getAttribute("data-bs-theme");
    if (root && theme) root.setAttribute("data-bs-theme", theme);
  }

  // Who has signed in anew in another tab has a new token.
  function typed(written) {
    var body = new FormData(written);
    var token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    if (token) body.set("csrfmiddlewaretoken", token[1]);
    return body;
  }

  function refresh() {
    var look = document.getElementById("look");
    var written = form();
    if (!look || !written) return;
    var mine = ++latest;
    fetch(look.dataset.look, { method: "POST", body: typed(written) })
      .then(function (answer) {
        if (!answer.ok || answer.redirected) throw new Error("no answer");
        return answer.text();
      })
      .then(function (html) {
        if (mine !== latest) return;
        draw(document.getElementById("look-frame"), html);
        isLost = false;
        say("");
      })
      .catch(function () {
        if (mine !== latest) return;
        isLost = true;
        clearTimeout(timer);
        timer = setTimeout(refresh, AGAIN);
        say(look.querySelector("[data-look-state]").dataset.lost);
      });
  }

  function say(words) {
    var state = document.querySelector("[data-look-state]");
    if (state) state.textContent = words;
  }

  // Once the frame has its page, it gets what was typed since, and the colours.
  function follow() {
    var frame = document.getElementById("look-frame");
    if (!frame) return;
    frame.addEventListener("load", function () {
      colour();
      if (form() && form().dataset.touched) refresh();
    });
    colour();
  }

  window.addEventListener("online", function () {
    if (isLost) refresh();
  });
  document.addEventListener("DOMContentLoaded", function () {
    follow();
    if (!form()) return;
    ["input", "draft:brought"].forEach(function (what) {
      form().addEventListener(what, function () {
        form().dataset.touched = "yes";
        clearTimeout(timer);
        timer = setTimeout(refresh, PAUSE);
      });
    });
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target && event.detail.target.id === "look") follow();
  });
})();
