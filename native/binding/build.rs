fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Node closes an addon when the worker that loaded it ends; the signal handler must stay mapped.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
