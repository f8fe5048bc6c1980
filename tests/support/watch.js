// Runs in the page before the page's own scripts: what the tests look through.
window.astrochromaWatch = (() => {
  const states = [];
  const workers = [];
  const now = () => document.documentElement?.dataset.state;

  new MutationObserver(() => {
    const state = now();
    if (state && state !== states.at(-1)) states.push(state);
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });

  const RealWorker = window.Worker;
  window.Worker = class extends RealWorker {
    constructor(...values) {
      super(...values);
      workers.push(this);
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

  const killWorker = () => {
    workers.at(-1)?.terminate();
    return workers.length > 0;
  };

  const give = (name, bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], 'given.png', { type: 'image/png' }));
    const options = { bubbles: true, cancelable: true };
    const event = name === 'paste'
      ? new ClipboardEvent('paste', { ...options, clipboardData: data })
      : new DragEvent('drop', { ...options, dataTransfer: data });
    document.body.dispatchEvent(event);
  };

  return { states, waitFor, started, cancel, killWorker, give };
})();
