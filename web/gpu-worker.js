// The same as worker.js, for the worker that has the graphics device.
import init from "./gpu.js";

addEventListener("message", ({ data }) => init({ module_or_path: data }).catch(reportError), { once: true });
