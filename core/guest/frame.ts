/** Finds the runner's frame in the message of an operation and takes it out of its envelope; no meaning of the content. */

import { posixCksum } from "./cksum";

export type Frame =
  | { readonly kind: "found"; readonly body: Uint8Array }
  /** The runner ran and could not answer, for the reason given in its own words. */
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "damaged"; readonly what: string }
  | { readonly kind: "otherNonce"; readonly nonce: string }
  | { readonly kind: "none" };

/** `[ARC1 <nonce> <block> <characters of both blocks> <cksum of both blocks>]`, the base64, `[/ARC1]`. See runner.sh, block. */
const BLOCK = /\[ARC1 ([0-9a-f]{32}) ([12]) ([0-9]{1,5}) ([0-9]{1,10})\]\n([A-Za-z0-9+/=]*)\n\[\/ARC1\]/g;

export function findFrame(message: string, nonce: string): Frame {
  const failed = message.match(new RegExp(`\\[ARC1 ${nonce} failed\\] ([^\n]*)`));
  if (failed) return { kind: "failed", reason: failed[1] ?? "" };
  const blocks = [...message.matchAll(BLOCK)].filter((block) => block[1] === nonce);
  if (blocks.length > 0) return join(blocks);
  if (message.includes(`ARC1 ${nonce}`)) return { kind: "damaged", what: "no whole block of the frame" };
  const other = message.match(/\[ARC1 ([0-9a-f]{32}) /)?.[1];
  return other === undefined ? { kind: "none" } : { kind: "otherNonce", nonce: other };
}

function join(blocks: readonly RegExpExecArray[]): Frame {
  const [first, second, ...more] = blocks;
  const inOrder = first?.[2] === "1" && (second === undefined || second[2] === "2") && more.length === 0;
  if (!first || !inOrder) return { kind: "damaged", what: "not the blocks of one frame" };
  if (second && (second[3] !== first[3] || second[4] !== first[4])) {
    return { kind: "damaged", what: "the blocks differ in length or checksum" };
  }
  const text = `${first[5]}${second?.[5] ?? ""}`;
  if (text.length !== Number(first[3])) {
    return { kind: "damaged", what: `${text.length} of ${Number(first[3])} characters arrived` };
  }
  const encoded = Buffer.from(text, "latin1");
  if (posixCksum(encoded) !== Number(first[4])) return { kind: "damaged", what: "the checksum does not match" };
  return { kind: "found", body: Buffer.from(text, "base64") };
}
