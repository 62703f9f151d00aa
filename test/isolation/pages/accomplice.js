// In a sandboxed frame, which has no origin: opens a window at a click, and hands on what it was given.

const { thief } = document.currentScript.dataset;
let pair;
let opened;

addEventListener('message', ({ data }) => {
  if (data === 'go') opened.postMessage(pair, '*');
  else pair = data;
});
addEventListener('click', () => {
  opened = open(thief);
  parent.postMessage({ opened: opened !== null }, '*');
});
