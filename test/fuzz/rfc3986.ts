/** RFC 3986 read letter by letter, without the URL parser that the verifier uses: what the verifier is held against. */

const grammar = /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?[^#]*)?(?:#.*)?$/is;
/** `host [":" port]` of a registered name (§3.2.2): user information and IP literals are not written here. */
const authorityGrammar = /^((?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::(\d*))?$/i;
const pathGrammar = /^(?:\/(?:[\w.~!$&'()*+,;=:@-]|%[\da-f]{2})*)*$/i;
const defaultPorts: Readonly<Record<string, string>> = { http: '80', https: '443' };

/**
 * The normal form of an http(s) URI of a registered name without query and fragment: case (§6.2.2.1), percent-encoding
 * (§6.2.2.2), dot segments (§6.2.2.3), default port and empty path (§6.2.3). Undefined where the grammar does not hold.
 */
export function referenceForm(uri: string): string | undefined {
  const [, scheme = '', authority = '', path = ''] = grammar.exec(uri) ?? [];
  const [, host, port = ''] = authorityGrammar.exec(authority) ?? [];
  const name = scheme.toLowerCase();
  if (!Object.hasOwn(defaultPorts, name) || host === undefined || !pathGrammar.test(path)) return undefined;
  const shownPort = port === '' || Number(port) === Number(defaultPorts[name]) ? '' : `:${Number(port)}`;
  const normalHost = decodeUnreserved(host).replace(/%[\dA-F]{2}|[A-Z]/g, (text) => (text.startsWith('%') ? text : text.toLowerCase()));
  return `${name}://${normalHost}${shownPort}${removeDotSegments(decodeUnreserved(path)) || '/'}`;
}

function decodeUnreserved(text: string): string {
  return text.replace(/%[\da-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(parseInt(escape.slice(1), 16));
    return /[A-Za-z\d._~-]/.test(character) ? character : escape.toUpperCase();
  });
}

/** §5.2.4, rule by rule. */
export function removeDotSegments(path: string): string {
  let input = path;
  let output = '';
  while (input !== '') {
    if (input.startsWith('../')) input = input.slice(3);
    else if (input.startsWith('./')) input = input.slice(2);
    else if (input.startsWith('/./')) input = input.slice(2);
    else if (input === '/.') input = '/';
    else if (input.startsWith('/../') || input === '/..') {
      input = `/${input.slice(4)}`;
      output = output.slice(0, Math.max(0, output.lastIndexOf('/')));
    } else if (input === '.' || input === '..') input = '';
    else {
      const end = input.indexOf('/', 1);
      const segment = end < 0 ? input : input.slice(0, end);
      output += segment;
      input = input.slice(segment.length);
    }
  }
  return output;
}
