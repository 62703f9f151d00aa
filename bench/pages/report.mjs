// What a page was asked, and how it answers.
const query = new URLSearchParams(location.search);

export const parameters = JSON.parse(query.get('parameters'));

const say = (what) => fetch(`/report?visit=${query.get('visit')}`, { method: 'POST', body: JSON.stringify(what) });

/** Awaited before anything is timed again. */
export const tell = (progress) => say({ progress });

/** Lets the browser do what it has put off: garbage, timers. A page that only awaits promises never lets it. */
export const breathe = () => new Promise((resolve) => setTimeout(resolve));

/** Runs the page's work once it is loaded, and reports what it gives, or why it failed. */
export function report(work) {
  loaded().then(() => work(parameters)).then(
    (result) => say({ result }),
    (error) => say({ error: `${error.stack ?? ''} ${error} ${error.cause ?? ''}` }),
  );
}

async function loaded() {
  if (document.readyState !== 'complete') await new Promise((resolve) => addEventListener('load', resolve));
  await breathe();
}
