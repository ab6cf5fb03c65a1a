// The page that asks for the password, in the language of the reader.
import { $ } from "./dom.js";
import { changeLanguage, translate } from "./i18n.js";
import { changeLight } from "./light.js";

translate();
$("language").addEventListener("click", changeLanguage);
$("theme").addEventListener("click", changeLight);
