// Begins a new project with the browser's own time zone, where we know it.
const field = document.querySelector("[name=time_zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const known = [...document.querySelectorAll("#zones option")].some((one) => one.value === zone);
if (known) field.value = zone;
