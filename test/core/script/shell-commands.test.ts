import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findCommands } from "../../../core/script/shell-commands";
import { EXPANSION, QUOTED_EXPANSION } from "../../../core/script/shell-word";

/** `<` has input, `F` in a function, `&` in the background, `!` whatever happened before. */
function shown(text: string): readonly string[] {
  return findCommands(text).map((command) => {
    const words = command.words.join(" ").replaceAll(QUOTED_EXPANSION, "~").replaceAll(EXPANSION, "~");
    const { hasInput, inFunction, inBackground, isUnconditional } = command;
    return `${words}${hasInput ? " <" : ""}${inFunction ? " F" : ""}${inBackground ? " &" : ""}${isUnconditional ? " !" : ""}`;
  });
}

test.each<{ what: string; text: string; commands: readonly string[] }>([
  {
    what: "assignments, comments and line continuations",
    text: "A=1 B='c d' x \\\n  y # read a\n#read b\nC=2\n",
    commands: ["x y !"],
  },
  {
    what: "quotes",
    text: "echo 'read a; read b' \"read c\" \\; $'it\\'s; read d' \"e\"'f'g",
    commands: ["echo read a; read b read c ; it\\'s; read d efg !"],
  },
  {
    what: "a here-document, with what comes behind its operator",
    text: "cat <<'E' > f; read a\nread b\nE\nread c\ncat <<-E\n\tread d\n\tE\nread e\n",
    commands: ["cat < !", "read a !", "read c !", "cat < !", "read e !"],
  },
  {
    what: "substitutions, in quotes too",
    text: ["x=$(read a; b) echo \"$(c 'd)')\" `e` '$(f)' $", "{g:-$(h)} $((1 + (2))) $i"].join(""),
    commands: ["read a", "b", "c d)", "e", "echo ~ ~ $(f) ~ ~ ~ !"],
  },
  {
    what: "loops with input",
    text: "while read -r a b; do echo $a; done < f\ncat f | while read c; do :; done\nwhile read d; do :; done\n{ read e; } <<< x\n",
    commands: ["read -r a b <", "echo ~ <", "cat f", "read c <", ": <", "read d", ": ", "read e <"].map((line) =>
      line.trimEnd(),
    ),
  },
  {
    what: "functions",
    text: "f() {\n  read a\n}\nfunction g { read b; }\nfunction h () ( read c )\nread d <f",
    commands: ["read a F", "read b F", "read c F", "read d < !"],
  },
  {
    what: "conditions",
    text: "if a; then exit 1; elif b; then c; else d; fi\ne || exit 2\nf &&\n exit 3\n! g\nexit 4",
    commands: ["a", "exit 1", "b", "c", "d", "e !", "exit 2", "f !", "exit 3", "g !", "exit 4 !"],
  },
  {
    what: "cases, whose patterns are no commands",
    text: "case $x in a|b) read a;; (c) d ;;\n*) e;; esac\nread f",
    commands: ["read a", "d", "e", "read f !"],
  },
  {
    what: "tests, arithmetic, arrays and the words of a loop",
    text: "[[ -f read && $x =~ ^(a|b)$ ]] && c\n((i++))\na=(read x)\nfor i in read 1; do d; done\nfor ((i=0;i<2;i++)); do e; done",
    commands: ["[[ !", "c", "(( !", "d", "e"],
  },
  {
    what: "a group in another one, which is no arithmetic",
    text: "((a; read b) | c)\n((d + (1)))",
    commands: ["a", "read b", "c <", "(( !"],
  },
  {
    what: "what runs in the background",
    text: "(sleep 5; reboot) & a & b",
    commands: ["sleep 5 &", "reboot &", "a &", "b !"],
  },
  {
    what: "redirections, of which only those of the input count",
    text: "a 2>&1 >> f; b &> f; c 3< f; d < f; e <(f) > >(g); h 0<&3",
    commands: ["a !", "b !", "c !", "d < !", "f", "g", "e ~ !", "h < !"],
  },
  {
    what: "pipes, over line ends too",
    text: "a |\n  b | c\nd",
    commands: ["a", "b <", "c <", "d !"],
  },
])("$what", ({ text, commands }) => {
  expect(shown(text)).toEqual(commands);
});

test.each([
  "echo 'a",
  'echo "a',
  "echo $(a",
  "echo ${a",
  "cat <<E\na",
  "case x in",
  "((",
  "[[ a",
  "f() {",
  "`",
  "a \\",
  "case x in `)`",
])("a text that ends in the middle comes to an end: %s", (text) => {
  expect(findCommands(text).length).toBeLessThan(3);
});

test("a text that is nested deeper than any program's comes to an end", () => {
  expect(findCommands("$(".repeat(50_000))).toEqual([]);
});

test("a large script of ours is read to its end", () => {
  const text = readFileSync(join(__dirname, "../../../core/guest/runner.sh"), "utf8");
  const commands = findCommands(text);
  expect(commands.length).toBeGreaterThan(300);
  expect(commands.filter(({ inFunction }) => !inFunction).map(({ words }) => words[0])).toContain("umask");
});
