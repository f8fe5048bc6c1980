// Starts the engine in a worker from the program that the page has compiled already and posts first.
import init from "./cpu.js";

addEventListener("message", ({ data }) => init({ module_or_path: data }).catch(reportError), { once: true });
