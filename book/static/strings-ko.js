// Korean strings of the scripts of Sphinx, copybutton and togglebutton. Loaded after them, on Korean pages only.
"use strict";
if (typeof messages !== "undefined") {
  messages.ko = {
    copy: "복사",
    copy_to_clipboard: "클립보드에 복사",
    copy_success: "복사했다",
    copy_failure: "복사하지 못했다",
  };
  locale = "ko";
}
if (typeof toggleHintShow !== "undefined") {
  toggleHintShow = "펼치기";
  toggleHintHide = "접기";
}
if (typeof Documentation !== "undefined") {
  Documentation.addTranslations({
    locale: "ko",
    plural_expr: "0",
    messages: {
      "Searching": "찾는 중",
      "Search Results": "검색 결과",
      "Preparing search...": "검색을 준비하는 중…",
      "Hide Search Matches": "검색어 표시 지우기",
      "Search finished, found ${resultCount} page(s) matching the search query.":
        "검색어가 나오는 곳을 ${resultCount}군데 찾았다.",
      "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
        "찾는 말이 나오는 곳이 없다. 맞춤법을 확인하거나 더 짧은 말로 찾아 보자.",
      ", in ": ", ",
    },
  });
}
