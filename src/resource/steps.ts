/** The ten verification steps, in their order. */

import { platform } from '../crypto/platform.ts';
import { andThen, isLater, type Eventual } from '../protocol/eventual.ts';
import { parseProof } from '../protocol/proof.ts';
import { checkFreshness, checkMethod, checkUri, claimProof, claimProofOfToken } from '../verifier/proof-check.ts';
import type { ProofKey } from '../verifier/proof-keys.ts';
import { checkTokenHash, verifyToken, type PresentedToken } from './access-token.ts';
import { boundThumbprint, checkLifetime, identify } from './claims.ts';
import type { Step } from './decision.ts';
import type { DenyCode } from './denials.ts';
import { readEnvelope } from './envelope.ts';
import type { Passage } from './passage.ts';

/** What a step does: a code ends the passage, and what it finds it leaves there. */
interface StepCheck {
  readonly step: Step;
  readonly check: (passage: Passage) => Eventual<DenyCode | undefined>;
}

/**
 * The order of the steps, cheap ones first. Nothing is fetched for a proof, only for the issuer of a token; whoever
 * lacks the key learns nothing of what is encrypted or revoked; and only a request that is good in all else spends
 * anything, so that nobody can burn another's proof or fill the store.
 */
const stepsOfProof: readonly StepCheck[] = [
  { step: 2, check: readProof },
  { step: 3, check: ({ proof, request }) => checkMethod(proof, request.method) },
  { step: 4, check: ({ proof, envelope }) => checkUri(proof, envelope!.url) },
  { step: 5, check: readFreshness },
  { step: 6, check: readBoundToken },
  { step: 7, check: checkOpenTimes },
  { step: 8, check: checkPossession },
  { step: 7, check: checkHiddenTimes },
  { step: 9, check: (passage) => (passage.settings.spendsRevocation ? undefined : checkRevocation(passage)) },
  { step: 10, check: spendProof },
];

/** What remains of them for a token without a key: there is no proof to check and none to spend. */
const stepsOfBearer: readonly StepCheck[] = [
  { step: 6, check: (passage) => andThen(hashToken(passage), (hash) => readToken(passage, { hash })) },
  { step: 7, check: checkOpenTimes },
  { step: 8, check: checkUnbound },
  { step: 7, check: checkHiddenTimes },
  { step: 9, check: checkRevocation },
];

/** Takes the steps in turn, until one of them refuses or throws. What is there at once is not waited for. */
export async function takeSteps(passage: Passage): Promise<DenyCode | undefined> {
  try {
    const refusal = openEnvelope(passage);
    if (refusal) return refusal;
    for (const { step, check } of passage.scheme === 'Bearer' ? stepsOfBearer : stepsOfProof) {
      passage.begin(step);
      const found = check(passage);
      const code = isLater(found) ? await found : found;
      if (code) return code;
    }
    return undefined;
  } finally {
    passage.end();
  }
}

// Step 1.
function openEnvelope(passage: Passage): DenyCode | undefined {
  const { request, settings } = passage;
  const envelope = readEnvelope(request, settings);
  if (typeof envelope === 'string') return envelope;
  passage.envelope = envelope;
  passage.clock = settings.clock();
  return undefined;
}

// Step 2. Next to a token, the proof must say which one it is for (RFC 9449 §4.2, §7).
function readProof(passage: Passage): DenyCode | undefined {
  const { proofAlgorithms, proofKeys } = passage.settings;
  const proof = parseProof(passage.envelope!.proof!, proofAlgorithms, proofKeys.find);
  if (proof?.claims.ath === undefined) return 'malformed_proof';
  passage.proof = proof;
  return undefined;
}

// Step 5.
function readFreshness(passage: Passage): Eventual<DenyCode | undefined> {
  return andThen(checkFreshness(passage.proof, passage.settings), (found) => {
    if (typeof found === 'string') return found;
    passage.freshness = found;
    return undefined;
  });
}

// Step 6. An issuer that has to be asked is asked for senders who can sign: for it, the end of step 8 comes in the midst.
function readBoundToken(passage: Passage): Eventual<DenyCode | undefined> {
  const { proof } = passage;
  const sender = { proof: passage.envelope!.proof!, check: () => checkSender(passage) };
  const refusal = andThen(hashToken(passage), (hash) => checkTokenHash(proof, hash) ?? readToken(passage, { hash, sender }));
  return andThen(refusal, (code) => {
    if (code === 'bad_proof_signature') passage.step = 8;
    return code;
  });
}

function readToken(passage: Passage, presented: Omit<PresentedToken, 'accessToken'>): Eventual<DenyCode | undefined> {
  const { accessToken } = passage.envelope!;
  return andThen(verifyToken({ accessToken, ...presented }, passage.settings), (found) => {
    if (typeof found === 'string') return found;
    passage.token = found;
    return undefined;
  });
}

function hashToken({ envelope }: Passage): Eventual<string> {
  return platform.hashText(envelope!.accessToken);
}

// Step 7. The times of a plain token are there for all to read; those of an encrypted one are for its holder only.
function checkOpenTimes({ token, clock }: Passage): DenyCode | undefined {
  return token.encrypted ? undefined : checkLifetime(token.claims, clock);
}

function checkHiddenTimes({ token, clock }: Passage): DenyCode | undefined {
  return token.encrypted ? checkLifetime(token.claims, clock) : undefined;
}

// Step 8. The thumbprint goes first: it is public on both sides (no constant time), and costs a hash, not a signature.
function checkPossession(passage: Passage): Eventual<DenyCode | undefined> {
  return andThen(findKey(passage), ({ jkt }) =>
    boundThumbprint(passage.token.claims) === jkt ? checkSender(passage) : 'proof_key_not_bound_to_token',
  );
}

function checkSender(passage: Passage): Eventual<DenyCode | undefined> {
  if (passage.isSigned) return undefined;
  const refusal = andThen(findKey(passage), (key) => key.check(passage.proof));
  return andThen(refusal, (code) => {
    passage.isSigned = code === undefined;
    return code;
  });
}

function findKey(passage: Passage): Eventual<ProofKey> {
  return passage.key ?? andThen(passage.settings.proofKeys.read(passage.proof), (key) => (passage.key = key));
}

// Step 8 for Bearer. Whatever `cnf` holds, it means that the token is not for bearers (RFC 9449 §7.2, RFC 7800 §3).
function checkUnbound({ token }: Passage): DenyCode | undefined {
  return 'cnf' in token.claims ? 'bearer_downgrade' : undefined;
}

// Step 9.
function checkRevocation({ settings: { revocation }, token, key }: Passage): Eventual<DenyCode | undefined> {
  if (!revocation) return undefined;
  return andThen(revocation.check(identify(token.claims, key?.jkt)), (isRevoked) => (isRevoked ? 'token_revoked' : undefined));
}

// Step 10, and step 9 with it where one memory knows both what is revoked and what is spent: one round trip to it.
function spendProof(passage: Passage): Eventual<DenyCode | undefined> {
  const { settings, proof, token, key, freshness } = passage;
  const { jkt } = key!;
  settings.proofKeys.keep(proof, key!);
  if (!settings.spendsRevocation) return claimProof(proof, { jkt, freshness: freshness! }, settings);
  return andThen(claimProofOfToken(proof, { jkt, freshness: freshness!, token: identify(token.claims, jkt) }, settings), (code) => {
    if (code === 'token_revoked') passage.step = 9;
    return code;
  });
}
