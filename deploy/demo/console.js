"use strict";
// What a page around this one tells it stands behind the #.
const told = new URLSearchParams(location.hash.slice(1));
document.documentElement.dataset.theme = told.get("theme") ?? "";
const by = id => document.getElementById(id);
by("face").textContent = document.querySelector("h1").textContent.slice(0, 1);
