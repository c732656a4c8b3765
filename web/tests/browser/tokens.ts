// JSON Web Tokens as any application could sign them, good ones and bad ones.
import { createHmac } from "node:crypto";

/** HS256. */
export function sign(claims: Record<string, unknown>, secret: string): string {
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** As `exp` has it: so many seconds from now, or before now. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
