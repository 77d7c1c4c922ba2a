// Suggests the address from the company's name until somebody writes one of their own.
(function () {
  "use strict";
  var name = document.getElementById("id_name");
  var slug = document.getElementById("id_slug");
  if (!name || !slug) return;
  var own = slug.value !== "";
  slug.addEventListener("input", function () {
    own = slug.value !== "";
  });
  name.addEventListener("input", function () {
    if (own) return;
    slug.value = name.value
      .toLowerCase()
      .replace(/ß/g, "ss")
      .normalize("NFKD")
      .replace(/[\u0300-\u036f]/g, "")
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 60);
  });
})();
