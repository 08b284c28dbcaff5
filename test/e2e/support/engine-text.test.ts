import { readable, readableDiff } from "./engine-text";

const TYPE = "pulumi-nodejs:dynamic/azure-run-command:RunCommand";

/** As the engine prints it without a terminal, 3.220.0. */
const UP = `Updating (test):

@ updating....
 +  pulumi:pulumi:Stack project-test creating (0s)${" "}
 -- ${TYPE} b deleting original (0s)${" "}
    ${TYPE} a  an update runs the script: 'script' changed
 ~  ${TYPE} a updating (0s) [diff: ~script]; queued for 'vm1' behind 'b'
 -- ${TYPE} b deleted original (1s) the extension stays on 'vm1': another resource has runs there
 +- ${TYPE} b replaced (0.00s) [diff: ~triggers,vmName]; the extension stays on 'vm1': another resource has runs there
 ++ ${TYPE} b created replacement (0.74s) [diff: ~triggers,vmName]; sent to 'vm2' 0 s ago
 +  ${TYPE} d **creating failed** error: 1 error occurred:
 ~  ${TYPE} a updated (1s) [diff: ~script]; stdout:
    pulumi:pulumi:Stack project-test **failed** 1 error
Diagnostics:
  pulumi:pulumi:Stack (project-test):
    error: update failed

  ${TYPE} (b):
    the extension stays on 'vm1': another resource has runs there

  ${TYPE} (d):
    error: 1 error occurred:
    	* the script on 'vm1' exited with 2; end of stderr: "/var/lib/azure-run-command/7171a3081e2d79e98798/1-create-b596459f66a3/script: 1"

  ${TYPE} (a):
    an update runs the script: 'script' changed
    stdout:
    changed

Outputs:
  + a: "changed"

Resources:
    ~ 1 updated
    +-1 replaced
    2 errored

Duration: 7s

`;

test("what the engine printed is told by resource: what happened to it, what was said of it, then the numbers", () => {
  expect(readable(UP)).toBe(`a: updated [diff: ~script]
    an update runs the script: 'script' changed
    stdout:
    changed
b: deleted original, replaced [diff: ~triggers,vmName], created replacement [diff: ~triggers,vmName]
    the extension stays on 'vm1': another resource has runs there
d: creating failed
    error: 1 error occurred:
        * the script on 'vm1' exited with 2; end of stderr: "/var/lib/azure-run-command/<key>/1-create-<hash>/script: 1"
the deployment:
    error: update failed
~ 1 updated
+-1 replaced
2 errored`);
});

test("of some resources only theirs is told", () => {
  expect(readable(UP, ["d"])).toBe(`d: creating failed
    error: 1 error occurred:
        * the script on 'vm1' exited with 2; end of stderr: "/var/lib/azure-run-command/<key>/1-create-<hash>/script: 1"`);
});

test("with --diff, inputs are told by resource, without outputs, ids and what did not change", () => {
  const output = `Previewing update (test):
  pulumi:pulumi:Stack: (same)
    [urn=urn:pulumi:test::project::pulumi:pulumi:Stack::project-test]
an update runs the script: 'script' changed
    ~ ${TYPE}: (update)
        [id=ba49af172586ac7876f3]
        [urn=urn:pulumi:test::project::${TYPE}::b]
      ~ script: "one" => "two"
@ previewing update....
    +-${TYPE}: (replace)
        [id=bd884e5e63308ae8bdee]
        [urn=urn:pulumi:test::project::${TYPE}::a]
        key              : "bd884e5e63308ae8bdee"
        resourceUrn      : "urn:pulumi:test::project::${TYPE}::a"
      ~ vmName           : "vm1" => "vm2"
    --outputs:--
  + a: "x"
Resources:
    ~ 1 to update
`;
  expect(readableDiff(output)).toBe(`a: +- (replace)
      ~ vmName           : "vm1" => "vm2"
b: ~ (update)
      ~ script: "one" => "two"`);
});
