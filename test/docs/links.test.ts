/** Whoever follows a link in the documents gets somewhere. */
import { linkFaults, namedFolders, namedHosts } from "./links";
import { ROOT, readPages, withPages } from "./pages";

const pages = readPages();

test("the pages that are looked at are those of the whole repository", () => {
  const paths = pages.map(({ path }) => path);
  for (const page of ["README.md", "SECURITY.md", "docs/README.md", "docs/errors.md", "examples/quick-start/README.md"])
    expect(paths).toContain(page);
  expect(pages.flatMap(({ links }) => links).length).toBeGreaterThan(100);
});

test("each relative link leads to a file, and its anchor to a place in it", () => {
  expect(linkFaults(ROOT, pages)).toEqual([]);
});

test("no page names a host that packages come from, or a folder of the machine that it was written on", () => {
  expect(namedHosts(pages)).toEqual([]);
  expect(namedFolders(pages)).toEqual([]);
});

test("a page that is in the index of docs/ for each page of docs/", () => {
  const index = pages.find(({ path }) => path === "docs/README.md");
  const linked = new Set(index?.links.map(({ href }) => `docs/${href.split("#")[0]}`));
  const there = pages.map(({ path }) => path).filter((path) => /^docs\/[^/]+[.]md$/.test(path));
  expect(there.filter((path) => path !== "docs/README.md" && !linked.has(path))).toEqual([]);
});

describe("in a folder with a fault of each kind", () => {
  const FILES = {
    "README.md": [
      "# `One` & two",
      "[a](docs/a.md) [b](docs/a.md#part-1) [c](#one--two) [d](docs) [e](https://example.com/x)",
      '<a id="own"></a><img src="no.png" alt=""> ![](none.png)',
      "[f](docs/b.md) [g](docs/a.md#part-2) [h](#one) [i](../x.md) [j](http://example.com) [k](docs/A.md) [l](#own) [m](docs#part-3) [n](docs#all)",
      "From registry.example.org, in /root/x and /home/me/y; `/home/azureuser` is a user's.",
    ].join("\n\n"),
    "docs/README.md": "# All\n",
    "docs/a.md": "# A\n\n## Part 1\n",
  };

  test("each is found, with its place, and nothing else is", () => {
    withPages(FILES, (root, found) => {
      expect(linkFaults(root, found)).toEqual([
        "README.md:5: no.png: no such file",
        "README.md:5: none.png: no such file",
        "README.md:7: docs/b.md: no such file",
        "README.md:7: docs/a.md#part-2: no such anchor",
        "README.md:7: #one: no such anchor",
        "README.md:7: ../x.md: outside of the repository",
        "README.md:7: http://example.com: not https",
        "README.md:7: docs/A.md: no such file",
        "README.md:7: docs#part-3: no such anchor",
      ]);
      expect(namedHosts(found)).toEqual(["README.md:9: registry.example.org"]);
      expect(namedFolders(found)).toEqual(["README.md:9: /root/x"]);
    });
  });
});
