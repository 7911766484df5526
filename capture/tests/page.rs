//! What the build script makes of the page's modules and styles.

#[path = "../build/bundle.rs"]
mod bundle;
#[path = "../build/minify.rs"]
mod minify;

use std::collections::BTreeMap;

/// The page with these modules in place of its own entries.
fn files(modules: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    let empty = bundle::ENTRIES.map(|name| (name, ""));
    let all = empty.iter().chain(modules);
    all.map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
}

fn text(served: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8_lossy(&served[name]).into_owned()
}

fn refusal(modules: &[(&str, &str)]) -> String {
    bundle::bundle(&files(modules)).map_or_else(|error| format!("{error:#}"), |_| String::new())
}

#[test]
fn comments_and_white_space_go_and_tokens_stay() {
    let cases = [
        ("const a = 1; // one\n/* two */ let b = a + +a;\n", "const a=1;let b=a + +a;\n"),
        ("const url = 'http://x/*y*/'; // z\n", "const url='http://x/*y*/';\n"),
        ("const t = `a // ${b + `}` /* c */}  d`;\n", "const t=`a // ${b + `}` /* c */}  d`;\n"),
        ("x.replace(/[/'\"]\\/*/g, ''); // y\n", "x.replace(/[/'\"]\\/*/g,'');\n"),
        ("const half = (a + b) / 2; // c / d\n", "const half=(a + b)/ 2;\n"),
        ("a++ / 2;\nb / 'c';\n", "a++ / 2;b /'c';\n"),
        ("return /a/.test(b) ? c : d;\n", "return /a/.test(b)?c:d;\n"),
        ("for (const x of /a b/[y]) z();\n", "for(const x of /a b/[y])z();\n"),
        ("a = b\n(c)\n", "a=b\n(c)\n"),
        ("return\n{ a }\n", "return\n{a}\n"),
        ("class A {\n  #b\n  static c = 1\n}\nd\n++e\n", "class A{#b\nstatic c=1}\nd\n++e\n"),
        ("f(/** @type {any} */ (a), ...b);\n", "f((a),...b);\n"),
        ("a = b - -c - --d;\n", "a=b - -c - --d;\n"),
        ("if (a) return b;\nelse c();\n", "if(a)return b;else c();\n"),
    ];
    for (module, small) in cases {
        assert_eq!(minify::js(module), small, "{module}");
        assert_eq!(minify::js(small), small, "made smaller again");
    }
}

#[test]
fn styles_keep_what_a_space_means() {
    let cases = [
        (
            "a b > c , d {\n  margin : 0 1px; /* x */\n  color: red;\n}\n",
            "a b > c,d{margin :0 1px;color:red}",
        ),
        (".a :hover { width: calc(1px + 2px); }", ".a :hover{width:calc(1px + 2px)}"),
        ("a::before { content: ' ; } /* x */ '; }", "a::before{content:' ; } /* x */ '}"),
        ("@media (width < 40em) { a { b: c } }", "@media (width < 40em){a{b:c}}"),
        ("a /* x */ b {}", "a b{}"),
    ];
    for (style, small) in cases {
        assert_eq!(minify::css(style), small, "{style}");
    }
}

#[test]
fn a_module_is_with_the_first_that_needs_it_and_lent_to_others() {
    let served = bundle::bundle(&files(&[
        ("worker.js", "import { a } from './view/words.js';\na();\n"),
        ("view/words.js", "export const a = () => 1;\nexport async function b() {}\n"),
        ("page.js", "import { a, b as c } from './view/words.js';\nimport './page/d.js';\nc(a);\n"),
        ("page/d.js", "new URL('../x.js', import.meta.url);\nimport('../viewer.js');\n"),
    ]))
    .unwrap();
    assert_eq!(
        text(&served, "worker.js"),
        "const _view_words_js=(()=>{const a=()=>1;async function b(){}\nreturn{a,b};})();const{a}=_view_words_js;a();\
         export{_view_words_js};\n"
    );
    assert_eq!(
        text(&served, "page.js"),
        "import{_view_words_js}from'./worker.js';(()=>{new URL('../x.js',new URL('./page/d.js',import.meta.url));\
         import('./viewer.js');})();const{a,b:c}=_view_words_js;c(a);\n"
    );
    assert!(!served.contains_key("view/words.js"));
}

#[test]
fn what_is_not_understood_fails_the_build_by_name() {
    let circle = [
        ("page.js", "import { a } from './a.js';\n"),
        ("a.js", "import { b } from './b.js';\n"),
        ("b.js", "import './a.js';\n"),
    ];
    assert!(refusal(&circle).contains("in a circle"), "{}", refusal(&circle));
    for (module, words) in [
        ("import * as a from './a.js';\n", "an import of another form"),
        ("import a from './a.js';\n", "an import of another form"),
        ("export default 1;\n", "an export of another form"),
        ("export let a = 1;\n", "an export of another form"),
        ("export { a };\n", "an export of another form"),
        ("import { a } from '../a.js';\n", "outside of the page"),
        ("import { a } from './none.js';\n", "none.js"),
    ] {
        let said = refusal(&[("page.js", module)]);
        assert!(said.contains(words), "{module}: {said}");
    }
    let said = refusal(&[("lost.js", "")]);
    assert!(said.contains("nothing imports lost.js"), "{said}");
}
