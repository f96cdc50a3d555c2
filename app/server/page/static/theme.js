// Before the first paint: the colours that were chosen, if any were.
const theme = localStorage.getItem("theme");
if (theme) document.documentElement.dataset.theme = theme;
