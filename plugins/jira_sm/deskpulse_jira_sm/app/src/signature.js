// A request is signed with the panel key: HMAC-SHA256 over the time, the method, and path with query as sent.

const encoder = new TextEncoder();
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

export async function signedHeaders(key, method, address, now = Date.now()) {
  const { pathname, search } = new URL(address);
  const timestamp = String(Math.floor(now / 1000));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const secret = await crypto.subtle.importKey("raw", encoder.encode(key), algorithm, false, ["sign"]);
  const message = encoder.encode(`${timestamp}.${method}.${pathname}${search}`);
  const signature = await crypto.subtle.sign("HMAC", secret, message);
  return { "X-DeskPulse-Timestamp": timestamp, "X-DeskPulse-Signature": `v1=${hex(signature)}` };
}
