"""Korean strings of the site that no catalogue has, or has only in machine translation.

Sphinx's own Korean catalogue (참고, 경고, …) stays in use for everything that is not listed here.
"""

KOREAN = {
    # Sphinx and pydata-sphinx-theme
    "Search": "검색",
    "Search...": "검색…",
    "Searching": "찾는 중",
    "Search Results": "검색 결과",
    "Error": "오류",
    "Please activate JavaScript to enable the search functionality.": "검색하려면 자바스크립트를 켜야 한다.",
    "Skip to main content": "본문 바로가기",
    "Back to top": "맨 위로",
    "On this page": "이 페이지의 목차",
    "previous": "이전",
    "next": "다음",
    "previous page": "이전 페이지",
    "next page": "다음 페이지",
    "Color mode": "화면 모드",
    "Light": "밝게",
    "Dark": "어둡게",
    "System Settings": "시스템 설정",
    "Version warning": "판 안내",
    "Permalink to this heading": "이 제목의 주소",
    "Link to this heading": "이 제목의 주소",
    "Link to this image": "이 그림의 주소",
    "Link to this table": "이 표의 주소",
    "Link to this code": "이 코드의 주소",
    "Link to this term": "이 용어의 주소",
    "Permalink to this equation": "이 수식의 주소",
    "Permalink to this exercise": "이 연습 문제의 주소",
    "Permalink to this solution": "이 풀이의 주소",
    # sphinx-book-theme
    "Contents": "목차",
    "Main": "전체 목차",
    "Launch on": "열기:",
    "Launch interactive content": "노트북 실행",
    "Source repository": "저장소",
    "Source repositories": "저장소",
    "Repository": "저장소",
    "Open issue": "의견 남기기",
    "Open an issue": "의견 남기기",
    "Suggest edit": "고칠 곳 제안",
    "Show source": "소스 보기",
    "Download this page": "이 페이지 내려받기",
    "Download notebook file": "노트북 내려받기",
    "Download source file": "원본 파일 내려받기",
    "Print to PDF": "PDF로 인쇄",
    "Fullscreen mode": "전체 화면",
    "Toggle primary sidebar": "전체 목차 여닫기",
    "Toggle secondary sidebar": "이 페이지의 목차 여닫기",
    "logo": "로고",
    # sphinx-exercise, sphinx-togglebutton, myst-nb
    "Exercise": "연습 문제",
    "Solution": "풀이",
    "Solution to": "풀이:",
    "Click to show": "펼치기",
    "Click to hide": "접기",
    "Show code cell source": "코드 보기",
    "Hide code cell source": "코드 접기",
    "Show code cell output": "출력 보기",
    "Hide code cell output": "출력 접기",
    "Show code cell content": "코드와 출력 보기",
    "Hide code cell content": "코드와 출력 접기",
    # this book
    "Start": "처음",
    "Home": "첫 페이지",
    "subpages": "하위 페이지",
}

# Labels of numbered things, “Fig. 1.2” and “그림 1.2”.
NUMBERED = {
    "en": {"figure": "Fig. %s", "table": "Table %s", "code-block": "Listing %s", "section": "Section %s"},
    "ko": {"figure": "그림 %s", "table": "표 %s", "code-block": "코드 %s", "section": "%s절"},
}
NUMBERED["en"]["exercise"] = "Exercise %s"
NUMBERED["ko"]["exercise"] = "연습 문제 %s"
