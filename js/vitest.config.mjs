// jsdom, not happy-dom: under happy-dom DOMPurify lets `onerror` and template tricks through.
export default {
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  define: { SOURCES: '"these"' }, // build.mjs writes the hash of the sources
  test: { environment: "jsdom", include: ["test/**/*.test.{ts,tsx}"] },
};
