// What a page was asked, and how it answers.
const query = new URLSearchParams(location.search);

export const parameters = JSON.parse(query.get('parameters'));

const say = (what) => fetch(`/report?visit=${query.get('visit')}`, { method: 'POST', body: JSON.stringify(what) });

/** Awaited before anything is timed again. */
export const tell = (progress) => say({ progress });

/** Runs the page's work and reports what it gives, or why it failed. */
export function report(work) {
  work(parameters).then(
    (result) => say({ result }),
    (error) => say({ error: `${error.stack ?? ''} ${error} ${error.cause ?? ''}` }),
  );
}
