// Runs in the page before the page's own scripts: what the tests look through.
window.astrochromaWatch = (() => {
  const states = [];
  const workers = [];
  const now = () => document.documentElement?.dataset.state;

  new MutationObserver(() => {
    const state = now();
    if (state && state !== states.at(-1)) states.push(state);
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });

  // The word that a message begins with. Its first item is JSON: the word alone, or an object with it as the key.
  const word = ([head]) => {
    const said = JSON.parse(head);
    return typeof said === 'string' ? said : Object.keys(said)[0];
  };

  // Remembers what it was last asked and what it last said, so that one can be found by what it is at.
  const RealWorker = window.Worker;
  window.Worker = class extends RealWorker {
    constructor(...values) {
      super(...values);
      workers.push(this);
      this.addEventListener('message', ({ data }) => { this.said = word(data); });
    }

    postMessage(message, ...rest) {
      // The first message is the compiled program.
      if (Array.isArray(message)) this.asked = word(message);
      super.postMessage(message, ...rest);
    }

    terminate() {
      this.ended = true;
      super.terminate();
    }
  };

  const until = (ready) => new Promise((resolve) => {
    const look = () => {
      const value = ready();
      if (value === undefined) setTimeout(look, 10);
      else resolve(value);
    };
    look();
  });

  const waitFor = (wanted, since) => until(() => states.slice(since).find((state) => wanted.includes(state)));

  // A page that waits for its button is told to run; the button of an earlier failure must not be hit instead,
  // so the page gets a moment to begin by itself.
  const GRACE_MILLIS = 2000;

  const started = (since) => {
    const begin = performance.now();
    let clicked = false;
    return until(() => {
      const state = states.slice(since).find((state) => ['working', 'done', 'failed'].includes(state));
      const button = document.querySelector('[data-testid=run]');
      const waited = performance.now() - begin > GRACE_MILLIS;
      if (!state && waited && !clicked && button && !button.disabled && button.getClientRects().length > 0) {
        clicked = true;
        button.click();
      }
      return state;
    });
  };

  const cancel = () => {
    const begin = performance.now();
    document.querySelector('[data-testid=cancel]').click();
    return until(() => (now() === 'working' ? undefined : performance.now() - begin));
  };

  const enlarges = () => {
    const text = document.querySelector('[data-testid=progress]')?.textContent ?? '';
    return /Enlarging: row [1-9]/.test(text);
  };

  // Whether it came to that: a page that no longer works has nothing to wait for.
  const whileWorking = (ready) => until(() => (now() === 'working' ? ready() || undefined : false));

  const enlarging = () => whileWorking(enlarges);

  const roles = {
    // Puts rows in their place.
    lead: ({ asked }) => enlarges() && asked === 'Put',
    // Has given some rows of a strip and not yet all.
    strip: ({ asked, said }) => enlarges() && asked === 'Upscale' && said === 'Rows',
    // Runs the test tile or the colouriser on the graphics device.
    device: ({ asked }) => asked === 'Test' || asked === 'Infer',
  };

  const kill = (role) => whileWorking(() => {
    const worker = workers.find((worker) => !worker.ended && roles[role](worker));
    worker?.terminate();
    // As the browser tells of a fault in a worker.
    if (role === 'device') worker?.dispatchEvent(new ErrorEvent('error', { message: 'ended by a test' }));
    return worker !== undefined;
  });

  const give = (name, bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], 'given.png', { type: 'image/png' }));
    const options = { bubbles: true, cancelable: true };
    const event = name === 'paste'
      ? new ClipboardEvent('paste', { ...options, clipboardData: data })
      : new DragEvent('drop', { ...options, dataTransfer: data });
    document.body.dispatchEvent(event);
  };

  return { states, waitFor, started, cancel, enlarging, kill, give };
})();
