// jsdom, not happy-dom: under happy-dom DOMPurify lets `onerror` and template tricks through.
export default {
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: { environment: "jsdom", include: ["test/**/*.test.{ts,tsx}"] },
};
