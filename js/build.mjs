// Builds the labelling desk into the Python package: five ESM files without chunks, CDN or relative URLs. desk.js is the desk;
// rich.js draws maths and colours code, languages.js holds the languages besides English, many.js shows many records at once and
// the filters of a search, review.js is the reviewers' desk: a desk fetches them through the kernel when it needs them.
//
// The first line of each is `/* sources:<16 hex> */`: the first 16 hex digits of a sha256 over the files that
// decide the bundle. A Python test computes it again to notice a stale bundle without Node. The recipe:
//   files = ["build.mjs", "package-lock.json", and every file below src/ as "src/<path with />"], sorted by code point
//   hash  = for each file: utf-8 name, one zero byte, the content with \r\n turned into \n, one zero byte
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "..", "feedback_widgets", "widgets", "static");

function sourceFiles() {
  const below = fs.readdirSync(path.join(here, "src"), { recursive: true, withFileTypes: true });
  const inSrc = below
    .filter((found) => found.isFile())
    .map((found) => path.relative(here, path.join(found.parentPath, found.name)).split(path.sep).join("/"));
  return ["build.mjs", "package-lock.json", ...inSrc].sort();
}

function sourceHash() {
  const hash = createHash("sha256");
  for (const file of sourceFiles()) {
    const content = fs.readFileSync(path.join(here, file), "utf8").replaceAll("\r\n", "\n");
    hash.update(`${file}\0${content}\0`);
  }
  return hash.digest("hex").slice(0, 16);
}

// esbuild has no synchronous glob import, Vite (our tests) has: this gives `import.meta.glob` the same meaning here,
// so that a file in src/questions or src/fields registers itself by being there.
const glob = {
  name: "glob",
  setup(build) {
    build.onLoad({ filter: /[\\/]registry\.ts$/ }, ({ path: file }) => {
      const dir = path.dirname(file);
      const imports = [];
      const call = /import\.meta\.glob<[^>]*>\("\.\/([^"*]+)\/\*\.tsx", \{ eager: true \}\)/g;
      const contents = fs.readFileSync(file, "utf8").replace(call, (_, folder) => {
        const names = fs.readdirSync(path.join(dir, folder)).filter((name) => name.endsWith(".tsx"));
        const entries = names.sort().map((name) => {
          imports.push(`import * as _${imports.length} from "./${folder}/${name}";`);
          return `"./${folder}/${name}": _${imports.length - 1}`;
        });
        return `{ ${entries.join(", ")} }`;
      });
      return { contents: `${imports.join("\n")}\n${contents}`, loader: "ts", watchDirs: [dir] };
    });
  },
};

// Style sheets travel as text inside the bundle: esbuild minifies them only when told to.
const css = {
  name: "css",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path: file }) => {
      const given = fs.readFileSync(file, "utf8");
      const { code } = await esbuild.transform(given, {
        loader: "css",
        minify: !watching,
        target: "chrome120",
      });
      return { contents: code, loader: "text" };
    });
  },
};

// English texts that only a part needs, by the beginning of their names, travel with it.
const OWN = { "many.js": ["bulk.", "filter."], "review.js": ["review."] };
const english = (name) => ({
  name: "english",
  setup(build) {
    build.onLoad({ filter: /languages[\\/]en\.json$/ }, ({ path: file }) => {
      const own = (text) => OWN[name]?.some((start) => text.startsWith(start));
      const apart = (text) =>
        Object.values(OWN)
          .flat()
          .some((start) => text.startsWith(start));
      const wanted = name in OWN ? own : (text) => !apart(text);
      const all = Object.entries(JSON.parse(fs.readFileSync(file, "utf8")));
      return {
        contents: JSON.stringify(Object.fromEntries(all.filter(([text]) => wanted(text)))),
        loader: "json",
      };
    });
  },
});

// many.js and review.js are drawn by the desk's own Preact: what they import from outside their folder is handed to them (src/shared.ts).
// Small functions without a state are copied instead: that costs every page less than handing them over.
const COPIED = /^\.\.\/spans\/(answer|points|spans)\.ts$/;
const handed = {
  name: "handed",
  setup(build) {
    build.onResolve({ filter: /^(\.\.\/|[^./])/ }, ({ path: wanted, kind }) =>
      kind === "entry-point" || wanted.endsWith(".json") || COPIED.test(wanted)
        ? null
        : { path: wanted.replace(/^\.\.\//, ""), external: true },
    );
  },
};

function writeNotices(metafiles) {
  const folders = new Set();
  for (const input of metafiles.flatMap((metafile) => Object.keys(metafile.inputs))) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) folders.add(found[1]);
  }
  const notices = [...folders].sort().map((name) => {
    const folder = path.join(here, "node_modules", name);
    const { version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
    const files = fs
      .readdirSync(folder)
      .filter((file) => /^licen[cs]e/i.test(file))
      .sort();
    if (!files.length)
      throw new Error(`${name} ${version} has no licence file: add its notice by hand or drop it.`);
    const texts = files.map((file) => fs.readFileSync(path.join(folder, file), "utf8").trim());
    return `${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
  });
  const head = "desk.js and rich.js contain the packages below, unchanged but minified.\n";
  fs.writeFileSync(
    path.join(out, "THIRD_PARTY_NOTICES.txt"),
    [head, ...notices].join(`\n${"=".repeat(80)}\n\n`),
  );
}

const watching = process.argv.includes("--watch");
const parts = {
  "desk.js": "src/index.ts",
  "rich.js": "src/rich/index.ts",
  "languages.js": "src/languages/index.ts",
  "many.js": "src/many/index.ts",
  "review.js": "src/review/index.ts",
};
const sources = sourceHash();
const banner = `/* sources:${sources} */`;
// A function of what is handed to it: `require` and `module` are the names that esbuild writes for them.
const asFunction = {
  format: "cjs",
  banner: { js: `${banner}export const sources="${sources}";export default function(require,module){` },
  footer: { js: "}" },
};
const optionsFor = ([name, entry]) => ({
  entryPoints: [path.join(here, entry)],
  outfile: path.join(out, name),
  absWorkingDir: here, // paths inside the bundle must not depend on where the checkout lies
  bundle: true,
  metafile: true,
  minify: !watching,
  sourcemap: watching ? "inline" : false,
  format: "esm",
  charset: "utf8", // both sides read UTF-8; escapes would double the Chinese texts
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none", // THIRD_PARTY_NOTICES.txt carries them
  define: {
    "process.env.NODE_ENV": '"production"',
    "define.amd": "false",
    SOURCES: JSON.stringify(sources),
  },
  banner: { js: banner },
  logLevel: "warning",
  ...(name in OWN && asFunction),
  plugins: [...(name in OWN ? [handed] : [glob]), css, english(name)],
});

fs.mkdirSync(out, { recursive: true });
const all = Object.entries(parts).map(optionsFor);
if (watching) {
  for (const options of all) await (await esbuild.context(options)).watch();
} else {
  const built = await Promise.all(all.map((options) => esbuild.build(options)));
  writeNotices(built.map(({ metafile }) => metafile));
  for (const { outfile } of all) {
    const size = (fs.statSync(outfile).size / 1024).toFixed(1);
    console.log(`${path.basename(outfile)}: ${size} KiB, ${banner}`);
  }
}
