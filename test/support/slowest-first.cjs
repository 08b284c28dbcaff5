/** Starts the test files that take minutes first, so that at the end no worker waits for one alone. On a clean clone, jest knows only sizes. */
const Sequencer = require("@jest/test-sequencer").default;

const SLOW_FIRST = [
  "test/model/",
  "test/faults/",
  "test/e2e/kills",
  "test/tools/",
  "test/e2e/",
  "test/cloudformation/",
  "test/core/guest/",
  "test/simulator/guest/",
];

module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = SLOW_FIRST.findIndex((folder) => path.replaceAll("\\", "/").includes(`/${folder}`));
      return place < 0 ? SLOW_FIRST.length : place;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
