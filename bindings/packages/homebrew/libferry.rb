class Libferry < Formula
  desc "Carries files to media clouds: Filestack and Telestream Cloud Flip"
  homepage "@HOME@"
  url "@URL@"
  sha256 "@SHA256@"
  license any_of: ["MIT", "Apache-2.0"]
  head "@HOME@.git", branch: "main"

  depends_on "rust" => :build

  def install
    system "make", "install", "PREFIX=#{prefix}", "DOCDIR=#{doc}", "MANDIR=#{man}"
  end

  test do
    (testpath/"test.c").write <<~C
      #include <ferry.h>
      #include <stdio.h>

      int main(void) {
        puts(ferry_version());
        return ferry_version_number() != FERRY_VERSION_NUMBER;
      }
    C
    system ENV.cc, "test.c", "-I#{include}", "-L#{lib}", "-lferry", "-Wl,-rpath,#{lib}", "-o", "test"
    assert_equal version.to_s, shell_output("./test").strip
  end
end
