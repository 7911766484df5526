// Runs a test that was compiled to wasm32 in node, whose engine is Chromium's.
//   CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER="node viewer-wasm/tests/run-in-node.mjs" \
//     cargo test -p viewer-wasm --target wasm32-unknown-unknown --test fast --test coding
import fs from "node:fs";
const module = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
const imports = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  (imports[from] ??= {})[name] = () => { throw new Error(`${from}.${name} is not for tests`); };
}
// The standard library has no standard output here, and no files; tests have both through this.
const text = (at, length) => new TextDecoder().decode(new Uint8Array(exports.memory.buffer, at, length));
imports.runner = {
  print: (at, length) => console.log(text(at, length)),
  size: (path, length) => fs.statSync(text(path, length)).size,
  load: (path, length, to) => new Uint8Array(exports.memory.buffer).set(fs.readFileSync(text(path, length)), to),
};
const { exports } = new WebAssembly.Instance(module, imports);
process.exitCode = exports.main(0, 0);
