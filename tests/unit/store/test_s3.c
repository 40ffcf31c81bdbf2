/* test_s3 - the signature of a request, by the two examples of Amazon's reference that sign what we sign. */
#include "store/s3.h"

#include <stdio.h>
#include <string.h>

static int proved(const char *query, const char *wanted)
{
	static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	const struct s3_config c = { .region = "us-east-1", .key_id = "AKIAIOSFODNN7EXAMPLE", .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
	char got[1024];
	s3_authorization(&c, "GET", "/", query, "examplebucket.s3.amazonaws.com", empty, "20130524T000000Z", got, sizeof got);
	bool right = strstr(got, "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, ")
	          && strstr(got, wanted);
	if (right)
		printf("ok a request for %s is signed as Amazon signs it\n", query);
	else
		printf("FAIL a request for %s is signed as Amazon signs it: %s\n", query, got);
	return right ? 0 : 1;
}

int main(void)
{
	return proved("lifecycle=", "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
	     | proved("max-keys=2&prefix=J", "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}
