/** The crypto port of the platform that this runs on. */

import { findNodeCrypto } from './node.ts';
import type { CryptoPort } from './port.ts';
import { webCrypto } from './web.ts';

export const platform: CryptoPort = /* @__PURE__ */ findNodeCrypto() ?? webCrypto;
