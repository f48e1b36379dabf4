import "./style/base.css";
import "./style/parts.css";
import { render } from "preact";
import { App } from "./layout/app";

const root = document.getElementById("app");
if (root) {
  render(<App />, root);
}
