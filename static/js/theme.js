// Before the first paint: a colour scheme that was not chosen follows the device.
(function () {
  "use strict";
  var root = document.documentElement;
  if (root.hasAttribute("data-theme-chosen")) return;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var follow = function () {
    root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  };
  follow();
  dark.addEventListener("change", follow);
})();
