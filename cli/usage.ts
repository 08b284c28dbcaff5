/** What is said of a command line that makes no sense: one sentence with the nearest right form, and exit code 2. */
import type { Command, CommanderError } from "commander";
import { closest, distance } from "fastest-levenshtein";

/** The exit code for a command line, or a surrounding, that makes no sense. */
export const USAGE_EXIT_CODE = 2;

/** A mistake in the command line, as one sentence. */
export class UsageError extends Error {}

/** What two words may differ by, as a part of the longer one, to be taken for the same. Source: our own choice. */
const NEAR_PART = 0.4;

/** The word of these that was probably meant; `undefined` where none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) {
    return undefined;
  }
  const found = closest(word.toLowerCase(), [...words]);
  const most = Math.max(2, Math.floor(Math.max(word.length, found.length) * NEAR_PART));
  return distance(word.toLowerCase(), found.toLowerCase()) <= most ? found : undefined;
}

/** `; did you mean 'x'?`, or nothing. */
export function didYouMean(word: string, words: readonly string[]): string {
  const meant = nearest(word, words);
  return meant === undefined ? "" : `; did you mean '${meant}'?`;
}

/** What a command says about itself, on stderr: stdout is the script's. */
export function say(command: string, sentence: string): void {
  process.stderr.write(`azure-run-command ${command}: ${sentence}\n`);
}

/** Has commander's mistakes told as ours are. To be called when all subcommands are there. */
export function tellMistakesOurWay(program: Command): void {
  for (const command of [program, ...program.commands]) {
    const name = command === program ? program.name() : `${program.name()} ${command.name()}`;
    const options = command.options.flatMap(({ long }) => (long === undefined ? [] : [long]));
    const passesOn = command.registeredArguments.some(({ variadic }) => variadic);
    const known = { name, options, passesOn, commands: command.commands.map((each) => each.name()) };
    command
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({ outputError: (text, write) => write(`${name}: ${withNearestForm(text, known)}\n`) });
    refuseTwice(command);
  }
}

/** Of two values commander takes the last one and says nothing. */
function refuseTwice(command: Command): void {
  for (const option of command.options.filter(({ required, parseArg }) => required && parseArg === undefined)) {
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) {
        command.error(`error: option '${option.flags}'${GIVEN_TWICE}`);
      }
      isGiven = true;
    });
  }
}

const GIVEN_TWICE = " is given twice";

/** What a command takes. */
export interface KnownWords {
  readonly name: string;
  readonly options: readonly string[];
  readonly commands: readonly string[];
  /** Whether what stands behind `--` is for something else. */
  readonly passesOn: boolean;
}

/** Commander's sentence, with what was probably meant behind it. */
export function withNearestForm(text: string, { name, options, commands, passesOn }: KnownWords): string {
  const sentence = text
    .replace(/^error: /, "")
    .trimEnd()
    .replace(/^option '(.+)' argument missing$/, "option '$1' has no value")
    .replace(". Expected", "; expected")
    .replace(/\.$/, "");
  if (sentence.includes("; write ")) {
    return sentence;
  }
  const [, kind, word = ""] = /^unknown (option|command) '(.+)'$/.exec(sentence) ?? [];
  const words = kind === "option" ? options : kind === "command" ? commands : [];
  const forScript = kind === "option" && passesOn ? `for the script, write ${name} … -- ${word}` : undefined;
  const once = sentence.endsWith(GIVEN_TWICE) ? "give it once" : undefined;
  return `${sentence}${didYouMean(word, words) || `; ${forScript ?? once ?? `see '${name} --help'`}`}`;
}

/** Help and version are no mistakes. */
export function exitCodeOfMistake({ exitCode }: CommanderError): number {
  return exitCode === 0 ? 0 : USAGE_EXIT_CODE;
}

/** What commander answers with the whole help in place of a sentence. */
export function requireCommand(program: Command, args: readonly string[]): void {
  const [first, second] = args;
  const commands = program.commands.map((each) => each.name());
  if (first === undefined) {
    program.error("error: no command is given");
  }
  const behind = args.find((word) => commands.includes(word));
  if (behind !== undefined && first.startsWith("-") && !["-h", "--help", "-V", "--version"].includes(first)) {
    program.error(`error: '${first}' stands before the command; write ${program.name()} ${behind} ${first} …`);
  }
  if (first === "help" && second !== undefined && !commands.includes(second)) {
    program.error(`error: unknown command '${second}'`);
  }
}
