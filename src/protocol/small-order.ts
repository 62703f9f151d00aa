/** Points of Ed25519 whose order divides eight: no private key is behind them, and anybody signs for them. */

// Each y with both signs of x: 0, 1, p - 1 and the two of order eight, then p and p + 1, by which lenient readers mean 0
// and 1 (RFC 8032 §5.1.3).
const smallOrderPoints = new Set([
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA',
  'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA',
  '7P_______________________________________38', '7P________________________________________8',
  'JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU', 'JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_IU',
  'xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o', 'xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA_o',
  '7f_______________________________________38', '7f________________________________________8',
  '7v_______________________________________38', '7v________________________________________8',
]);

/**
 * Whether an Ed25519 public key, as the canonical base64url of 32 bytes, is of small order: then one signature fits every
 * message, or one message in eight, as RFC 8032 §5.1.7 verifies.
 */
export function isSmallOrder(x: string): boolean {
  return smallOrderPoints.has(x);
}
