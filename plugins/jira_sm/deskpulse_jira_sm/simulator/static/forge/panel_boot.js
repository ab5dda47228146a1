/* Starts the panel's own module. */
const setup = JSON.parse(document.getElementById("setup").textContent);
import(setup.files + setup.entry);
