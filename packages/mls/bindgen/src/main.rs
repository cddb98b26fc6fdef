//! Writes the JavaScript glue and the final WASM: what the `wasm-bindgen` command does, without the
//! HTTP stack that the command's own lock file brings along.
//!
//! usage: megachat-mls-bindgen <compiled.wasm> <output directory>

use wasm_bindgen_cli_support::Bindgen;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: megachat-mls-bindgen <compiled.wasm> <output directory>");
        std::process::exit(2);
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(input).out_name("megachat_mls").web(true).expect("the web target exists");
    // The name and producers sections would carry paths and tool versions into the artefact, and
    // without a default path the glue never guesses where its WASM lives.
    bindgen.typescript(true).remove_name_section(true).remove_producers_section(true);
    bindgen.omit_default_module_path(true);
    bindgen.generate(output).expect("the glue is written");
}
