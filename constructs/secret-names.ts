/** Whether a parameter's name says that its value is a secret. Pure. */

const ANYWHERE =
  /password|passwd|passphrase|passcode|secret|credential|api_?key|private_?key|connection_?string|(?:activation|access|auth|authorization|registration|enrollment|recovery|pairing)_?code/i;
const LAST_WORD = /^(?:token|key|pwd|pass|sas)$/i;
/** Keys that everybody may know. */
const BEFORE_KEY = /^(?:public|pub|primary|partition|sort|object)$/i;
/** Of a secret, these say where it is or what it must be like. */
const ABOUT_IT = /^(?:arn|name|file|path|dir|length|policy|version)$/i;

export function looksSecret(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").split("_");
  const last = words.at(-1) ?? "";
  return (
    (ANYWHERE.test(words.join("_")) && !ABOUT_IT.test(last)) ||
    (LAST_WORD.test(last) && !BEFORE_KEY.test(words.at(-2) ?? ""))
  );
}
